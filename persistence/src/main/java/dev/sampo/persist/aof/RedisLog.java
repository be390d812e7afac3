package dev.sampo.persist.aof;

import dev.sampo.persist.log.DamagedLogException;
import dev.sampo.persist.log.EffectSink;
import dev.sampo.persist.rdb.RdbTarget;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The append-only log that a Redis or Valkey has left behind: the files that its manifest names, or, of versions before 7, the one
/// file that there was. It is read and never changed.
///
/// Only the last file may end in the middle of a command or of a transaction. Everything else that is not as Redis wrote it is
/// damage, and is refused, as is a command that does not exist here.
///
/// @param origin the manifest, or the one file
/// @param files in the order of replay
public record RedisLog(Path origin, List<Path> files) {
    private static final Pattern PARTS = Pattern.compile(".+\\.\\d+\\.(base|incr)\\.(rdb|aof)|(?!sampo).*\\" + RedisManifest.SUFFIX);

    /// What a replay found.
    ///
    /// @param notes what an operator should know, a line each
    public record Report(long commands, long bytes, List<String> notes) {
    }

    public RedisLog {
        files = List.copyOf(files);
    }

    /// Looks for a log where Redis keeps it.
    ///
    /// @param dir of the data (`dir`)
    /// @param logDirectory `appenddirname` in it, which may be missing
    /// @param name `appendfilename`
    /// @return null when there is none
    /// @throws IOException when there is one that does not go by this name or is not whole
    public static RedisLog find(Path dir, Path logDirectory, String name) throws IOException {
        Path manifest = logDirectory.resolve(name + RedisManifest.SUFFIX);
        if (Files.exists(manifest)) {
            return ofManifest(manifest);
        }
        Path part = anyPart(logDirectory);
        if (part != null) {
            throw new IOException(part + " belongs to a log of Redis whose manifest " + manifest.getFileName()
                + " is not there; set appendfilename to the name that Redis used, or move Redis's files away to start without them");
        }
        Path single = dir.resolve(name);
        return Files.isRegularFile(single) ? ofFile(single) : null;
    }

    /// The log of a manifest.
    ///
    /// @throws IOException when the manifest is damaged
    public static RedisLog ofManifest(Path manifest) throws IOException {
        Path directory = manifest.toAbsolutePath().getParent();
        return new RedisLog(manifest, RedisManifest.read(manifest).files().stream().map(directory::resolve).toList());
    }

    /// A log of one file.
    public static RedisLog ofFile(Path file) {
        return new RedisLog(file, List.of(file));
    }

    /// The manifest of Redis in a directory, whatever its name is, or null.
    ///
    /// @throws IOException when there are several
    public static Path manifestIn(Path directory) throws IOException {
        Path found = null;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + RedisManifest.SUFFIX)) {
            for (Path file : files) {
                if (PARTS.matcher(file.getFileName().toString()).matches()) {
                    if (found != null) {
                        throw new IOException(directory + " has several manifests, " + found.getFileName() + " and " + file.getFileName());
                    }
                    found = file;
                }
            }
        }
        return found;
    }

    private static Path anyPart(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    if (PARTS.matcher(file.getFileName().toString()).matches()) {
                        return file;
                    }
                }
            }
        }
        return null;
    }

    /// Reads everything.
    ///
    /// @param loadTruncated whether an end that a crash cut off is accepted (`aof-load-truncated`)
    /// @param snapshots where the keys of snapshots go; deadlines in the past count like others
    /// @param commands where the commands go
    /// @throws DamagedLogException when a file is not as Redis wrote it, or a command cannot be run
    public Report replay(boolean loadTruncated, RdbTarget snapshots, EffectSink commands) throws IOException {
        List<String> notes = new ArrayList<>();
        long count = 0;
        long bytes = 0;
        for (Path path : files) {
            if (!Files.exists(path)) {
                throw new DamagedLogException(path, 0, origin.getFileName() + " names this file, but it is missing");
            }
        }
        // Before anything long is begun.
        for (Path path : files) {
            try (AofFile file = new AofFile(path)) {
                if (!file.hasSnapshot()) {
                    scan(file, loadTruncated);
                }
            }
        }
        for (Path path : files) {
            try (AofFile file = new AofFile(path)) {
                if (file.hasSnapshot()) {
                    file.readSnapshot(snapshots);
                }
                scan(file, loadTruncated);
                file.replay(commands);
                count += file.commands();
                bytes += file.validBytes();
                if (file.end() != AofFile.End.WHOLE) {
                    notes.add(path + ", byte " + file.validBytes() + ": " + file.damage() + "; the last "
                        + (file.length() - file.validBytes()) + " bytes do not count");
                }
            }
        }
        return new Report(count, bytes, List.copyOf(notes));
    }

    private void scan(AofFile file, boolean loadTruncated) throws DamagedLogException {
        file.scan();
        boolean acceptable = file.end() == AofFile.End.WHOLE
            || file.end() == AofFile.End.CUT && loadTruncated && file.file().equals(files.getLast());
        if (!acceptable) {
            throw new DamagedLogException(file.file(), file.validBytes(), file.damage());
        }
    }
}
