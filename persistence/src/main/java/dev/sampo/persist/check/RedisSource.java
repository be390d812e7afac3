package dev.sampo.persist.check;

import dev.sampo.persist.aof.AofFile;
import dev.sampo.persist.aof.RedisLog;
import dev.sampo.persist.log.DamagedLogException;
import dev.sampo.persist.log.EffectSink;
import dev.sampo.persist.log.Quarantine;
import dev.sampo.persist.rdb.RdbTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A log of Redis, or a snapshot, which is a log that ends behind the snapshot that it begins with.
final class RedisSource extends Source {
    private final RedisLog log;
    private final DamagedLogException damagedManifest;
    private final boolean isLog;
    private int highestDb;
    /// What a repair does: the first file to cut, how much of it stays, and whether it can.
    private int firstDamaged;
    private long keep;
    private boolean repairable;

    private RedisSource(Path path, RedisLog log, DamagedLogException damagedManifest, boolean isLog) {
        super(path);
        this.log = log;
        this.damagedManifest = damagedManifest;
        this.isLog = isLog;
    }

    static RedisSource ofManifest(Path manifest) throws IOException {
        try {
            return new RedisSource(manifest, RedisLog.ofManifest(manifest), null, true);
        } catch (DamagedLogException e) {
            return new RedisSource(manifest, null, e, true);
        }
    }

    /// @param isLog whether commands may follow the snapshot, or be all there is
    static RedisSource ofFile(Path file, boolean isLog) {
        return new RedisSource(file, RedisLog.ofFile(file), null, isLog);
    }

    @Override
    public String kind() {
        return isLog ? "an append-only log of Redis" : "an RDB file";
    }

    @Override
    public List<Finding> check() throws IOException {
        highestDb = 0;
        repairable = false;
        if (damagedManifest != null) {
            return List.of(new Finding(path(), Files.size(path()), "manifest", damagedManifest.offset(), damagedManifest.what(), null));
        }
        List<Finding> findings = new ArrayList<>();
        boolean damaged = false;
        for (int i = 0; i < log.files().size(); i++) {
            Finding finding = check(log.files().get(i), damaged);
            if (!finding.isSound() && !damaged) {
                damaged = true;
                firstDamaged = i;
                keep = finding.offset();
                repairable = finding.repair() != null;
            }
            findings.add(finding);
        }
        return findings;
    }

    private Finding check(Path path, boolean behind) throws IOException {
        if (!Files.exists(path)) {
            boolean isBase = path.equals(log.files().getFirst());
            return new Finding(path, -1, "missing", 0, "the manifest names this file, but it is missing",
                isBase ? null : "an empty one can take its place");
        }
        try (AofFile file = new AofFile(path)) {
            var counts = new CountingTarget();
            var sink = new CheckingSink();
            boolean hasSnapshot = file.hasSnapshot() || !isLog;
            try {
                if (hasSnapshot) {
                    file.readSnapshot(counts);
                }
            } catch (DamagedLogException e) {
                return new Finding(path, file.length(), "snapshot", e.offset(), e.what(), null);
            }
            highestDb = Math.max(highestDb, counts.highestDb());
            String snapshot = hasSnapshot ? "snapshot of " + counts : "";
            if (hasSnapshot && file.commandsAt() == file.length()) {
                return Finding.sound(path, file.length(), snapshot);
            }
            file.scan();
            String content = snapshot + (hasSnapshot ? " and " : "") + file.commands() + " commands";
            try {
                file.replay(sink);
            } catch (DamagedLogException e) {
                return new Finding(path, file.length(), content, e.offset(), e.what(), null);
            }
            highestDb = Math.max(highestDb, sink.highestDb());
            if (behind && file.length() > 0) {
                return new Finding(path, file.length(), content, 0, "it goes on from a state that is damaged", cut(0, file.length()));
            } else if (file.end() == AofFile.End.WHOLE) {
                return Finding.sound(path, file.length(), content);
            }
            return new Finding(path, file.length(), content, file.validBytes(), file.damage(),
                isLog ? cut(file.validBytes(), file.length() - file.validBytes()) : null);
        }
    }

    private static String cut(long at, long lost) {
        return "a repair cuts it at byte " + at + ": " + lost + " bytes go";
    }

    @Override
    public int highestDb() {
        return highestDb;
    }

    @Override
    public List<String> repair() throws IOException {
        List<String> done = new ArrayList<>();
        if (!repairable) {
            return done;
        }
        for (int i = firstDamaged; i < log.files().size(); i++) {
            Path file = log.files().get(i);
            long stays = i == firstDamaged ? keep : 0;
            if (!Files.exists(file)) {
                Files.createFile(file);
                done.add(file + ": made, without commands");
            } else if (Files.size(file) > stays) {
                long lost = Files.size(file) - stays;
                done.add(file + ": cut at byte " + stays + "; the " + lost + " bytes behind it are kept in "
                    + Quarantine.cut(file, stays).getFileName());
            }
        }
        return done;
    }

    @Override
    void load(RdbTarget snapshots, EffectSink effects) throws IOException {
        log.replay(false, snapshots, effects);
    }
}
