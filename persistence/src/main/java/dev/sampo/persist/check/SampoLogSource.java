package dev.sampo.persist.check;

import dev.sampo.persist.aof.AofFile;
import dev.sampo.persist.log.DamagedLogException;
import dev.sampo.persist.log.EffectSink;
import dev.sampo.persist.log.LogDirectory;
import dev.sampo.persist.log.LogInspection;
import dev.sampo.persist.log.Manifest;
import dev.sampo.persist.log.Recovery;
import dev.sampo.persist.rdb.RdbFiles;
import dev.sampo.persist.rdb.RdbTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The directory of an append-only log of Sampo's.
final class SampoLogSource extends Source {
    private final Path lock;
    private LogInspection inspection;
    private boolean repairable;
    private int highestDb;

    SampoLogSource(Path directory) {
        super(directory);
        lock = directory.resolve(LogDirectory.LOCK);
    }

    @Override
    public String kind() {
        return "an append-only log of Sampo";
    }

    @Override
    public List<Finding> check() throws IOException {
        keepOut(path(), lock, false);
        List<Finding> findings = new ArrayList<>();
        repairable = false;
        highestDb = 0;
        Path manifest = path().resolve(Manifest.NAME);
        try {
            inspection = new LogInspection(path());
        } catch (DamagedLogException e) {
            findings.add(new Finding(manifest, Files.exists(manifest) ? Files.size(manifest) : -1, "manifest", e.offset(), e.what(), null));
            return findings;
        }
        findings.add(Finding.sound(manifest, Files.size(manifest), "generation " + inspection.manifest().generation()));
        if (inspection.base() != null) {
            findings.add(checkBase(inspection.base()));
        }
        repairable = findings.getLast().isSound();
        boolean sound = repairable;
        for (LogInspection.FileState state : inspection.inspect()) {
            Finding finding = finding(state, repair(state));
            findings.add(finding);
            sound &= finding.isSound();
        }
        return sound ? checkEffects(findings) : findings;
    }

    private Finding checkBase(Path base) throws IOException {
        if (!Files.exists(base)) {
            return new Finding(base, -1, "missing", 0, "the manifest names this file, but it is missing", null);
        }
        var counts = new CountingTarget();
        try (AofFile file = new AofFile(base)) {
            file.readSnapshot(counts);
            highestDb = counts.highestDb();
            return Finding.sound(base, file.length(), "snapshot of " + counts);
        } catch (DamagedLogException e) {
            return new Finding(base, Files.size(base), "snapshot", e.offset(), e.what(), null);
        }
    }

    /// The records are as they were written; whether they make sense.
    private List<Finding> checkEffects(List<Finding> findings) throws IOException {
        var sink = new CheckingSink();
        try {
            new Recovery(path(), false, sink).replay(inspection.manifest());
            highestDb = Math.max(highestDb, sink.highestDb());
            return findings;
        } catch (DamagedLogException e) {
            repairable = false;
            return findings.stream().map(finding -> finding.file().equals(e.file())
                ? new Finding(e.file(), finding.bytes(), finding.content(), e.offset(), e.what(), null) : finding).toList();
        }
    }

    private static String repair(LogInspection.FileState state) {
        return state.bytes() < 0 ? "an empty one can take its place"
            : "a repair cuts it at byte " + state.keep() + ": " + state.lost() + " bytes go";
    }

    static Finding finding(LogInspection.FileState state, String repair) {
        String content = state.bytes() < 0 ? "missing" : state.records() + " records, " + state.transactions() + " of them of transactions";
        return state.problem() == null ? Finding.sound(state.file(), state.bytes(), content)
            : new Finding(state.file(), state.bytes(), content, state.keep(), state.problem(), repair);
    }

    @Override
    public int highestDb() {
        return highestDb;
    }

    @Override
    public List<String> repair() throws IOException {
        if (!repairable) {
            return List.of();
        }
        keepOut(path(), lock, true);
        inspection.inspect();
        return inspection.repair();
    }

    @Override
    void load(RdbTarget snapshots, EffectSink effects) throws IOException {
        if (inspection.base() != null) {
            RdbFiles.read(inspection.base(), snapshots);
        }
        new Recovery(path(), false, effects).replay(inspection.manifest());
    }
}
