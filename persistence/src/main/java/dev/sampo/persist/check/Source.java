package dev.sampo.persist.check;

import dev.sampo.persist.aof.RedisLog;
import dev.sampo.persist.log.EffectSink;
import dev.sampo.persist.log.Manifest;
import dev.sampo.persist.rdb.RdbTarget;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Something that holds data: a snapshot, a log of Sampo's, a file of such a log, or a log of Redis. It changes nothing but in
/// [#repair()], and while it is open no server can begin to use it.
public abstract class Source implements AutoCloseable {
    private static final byte[] SNAPSHOT = {'R', 'E', 'D', 'I', 'S'};
    private static final byte[] LOG_FILE = {'S', 'A', 'M', 'P', 'O', 'L', 'O', 'G'};
    private static final String LOG_FILE_NAME = "log\\.\\d+\\.\\d+\\.aof";

    private final Path path;
    private FileChannel lock;

    Source(Path path) {
        this.path = path;
    }

    /// Recognises what a path holds: by its content, and where that says nothing by its name.
    ///
    /// @param path a file, a directory of a log, or one that has such files and directories in it
    /// @throws IOException in one line, when there is nothing of the kind, or a server is using it
    public static List<Source> at(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new IOException(path + ": no such file or directory");
        }
        if (!Files.isDirectory(path)) {
            Source file = ofFile(path);
            if (file == null) {
                throw new IOException(path + ": neither an RDB file nor a file of an append-only log, of Sampo or of Redis");
            }
            return List.of(file);
        }
        Source log = ofLogDirectory(path);
        if (log != null) {
            return List.of(log);
        }
        List<Source> sources = new ArrayList<>();
        try (Stream<Path> inside = Files.list(path)) {
            for (Path each : inside.sorted().toList()) {
                Source source = Files.isDirectory(each) ? ofLogDirectory(each) : isNamedAsData(each) ? ofFile(each) : null;
                if (source != null) {
                    sources.add(source);
                }
            }
        }
        if (sources.isEmpty()) {
            throw new IOException(path + ": there is no RDB file nor an append-only log in it");
        }
        return sources;
    }

    private static boolean isNamedAsData(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".rdb") && !name.startsWith("temp-") || name.endsWith(".aof");
    }

    private static Source ofLogDirectory(Path directory) throws IOException {
        if (!Files.isReadable(directory)) {
            return null;
        }
        if (Files.exists(directory.resolve(Manifest.NAME)) || hasLogFile(directory)) {
            return new SampoLogSource(directory);
        }
        Path manifest = RedisLog.manifestIn(directory);
        return manifest == null ? null : RedisSource.ofManifest(manifest);
    }

    private static boolean hasLogFile(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(file -> file.getFileName().toString().matches(LOG_FILE_NAME));
        }
    }

    private static Source ofFile(Path file) throws IOException {
        String name = file.getFileName().toString();
        byte[] start;
        try (var in = Files.newInputStream(file)) {
            start = in.readNBytes(LOG_FILE.length);
        }
        if (name.equals(Manifest.NAME)) {
            return new SampoLogSource(file.toAbsolutePath().getParent());
        } else if (startsWith(start, LOG_FILE)) {
            return new LogFileSource(file);
        } else if (name.endsWith(".manifest")) {
            return RedisSource.ofManifest(file);
        } else if (startsWith(start, SNAPSHOT) || start.length > 0 && (start[0] == '*' || start[0] == '#')) {
            return RedisSource.ofFile(file, !startsWith(start, SNAPSHOT) || name.endsWith(".aof"));
        } else if (name.matches(LOG_FILE_NAME)) {
            return new LogFileSource(file);
        }
        return name.endsWith(".rdb") || name.endsWith(".aof") ? RedisSource.ofFile(file, name.endsWith(".aof")) : null;
    }

    private static boolean startsWith(byte[] bytes, byte[] prefix) {
        for (int i = 0; i < prefix.length; i++) {
            if (i >= bytes.length || bytes[i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    /// Keeps servers out of a directory. Reading needs no more than the permission to read.
    void keepOut(Path directory, Path lockFile, boolean writes) throws IOException {
        close();
        if (!Files.exists(lockFile) && !writes) {
            return;
        }
        lock = writes ? FileChannel.open(lockFile, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)
            : FileChannel.open(lockFile, StandardOpenOption.READ);
        FileLock held;
        try {
            held = lock.tryLock(0, Long.MAX_VALUE, !writes);
        } catch (OverlappingFileLockException _) {
            held = null;
        }
        if (held == null) {
            close();
            throw new IOException(directory + " is in use by a server that runs; stop it first");
        }
    }

    public Path path() {
        return path;
    }

    /// What it is, in a few words.
    public abstract String kind();

    /// Checks everything that can be checked without loading it.
    ///
    /// @throws IOException when something cannot be read
    public abstract List<Finding> check() throws IOException;

    /// After [#check()]: the highest database that has been seen.
    public abstract int highestDb();

    /// Cuts off what [#check()] has found not to count, and keeps it beside.
    ///
    /// @return what was done, a line each
    public abstract List<String> repair() throws IOException;

    /// After a check without findings: gives out all data.
    ///
    /// @throws IOException when they cannot be had
    abstract void load(RdbTarget snapshots, EffectSink effects) throws IOException;

    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
            lock = null;
        }
    }
}
