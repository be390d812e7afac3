package dev.sampo.persist.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The directory of an append-only log (`appenddirname`): its manifest, the generations of increments, and the base. One
/// process at a time.
///
/// A generation is a file per shard. Every start begins a new one, so that nothing is ever appended to a file of an earlier
/// run; every rewrite begins one at the moment its base describes, and when the base is complete the generations before it
/// go. Methods that change the manifest are called by one thread at a time.
public final class LogDirectory implements AutoCloseable {
    private static final String LOCK = "sampo.lock";
    private static final Pattern OWN_FILES = Pattern.compile(
        "base\\.\\d+\\.rdb|log\\.\\d+\\.\\d+\\.aof|(temp-)+base\\.\\d+\\.rdb(\\.part\\d+)?|temp-" + Manifest.NAME.replace(".", "\\."));

    private final Path directory;
    private final int shards;
    private final FileChannel lockChannel;
    private final SecureRandom random = new SecureRandom();
    private volatile Manifest manifest;
    private long lastGeneration;

    /// Opens the directory, creating it if it is not there, and keeps others out.
    ///
    /// @param shards number of shards of this run
    /// @throws IOException in one line, when that is impossible or another process has it
    public LogDirectory(Path directory, int shards) throws IOException {
        this.directory = directory;
        this.shards = shards;
        Files.createDirectories(directory);
        lockChannel = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!lock()) {
            lockChannel.close();
            throw new IOException(directory + " is in use by another server; stop it, or choose another dir");
        }
        try {
            Manifest read = Manifest.read(directory);
            manifest = read == null ? Manifest.EMPTY : read;
        } catch (IOException e) {
            lockChannel.close();
            throw e;
        }
        lastGeneration = manifest.generation();
    }

    private boolean lock() throws IOException {
        try {
            FileLock lock = lockChannel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException _) {
            return false;
        }
    }

    public Path path() {
        return directory;
    }

    public Manifest manifest() {
        return manifest;
    }

    /// Whether there is nothing to recover.
    public boolean isEmpty() {
        return manifest.files().isEmpty();
    }

    /// Where the base is, or null.
    public Path base() {
        Manifest.Base base = manifest.base();
        return base == null ? null : directory.resolve(base.file());
    }

    /// The generation begun last.
    public long generation() {
        return lastGeneration;
    }

    /// Begins a generation: creates its files and names them in the manifest.
    public LogFile[] openGeneration() throws IOException {
        long generation = lastGeneration + 1;
        List<Manifest.Increment> increments = new ArrayList<>();
        LogFile[] files = new LogFile[shards];
        try {
            for (int shard = 0; shard < shards; shard++) {
                String name = "log." + generation + "." + shard + ".aof";
                Files.deleteIfExists(directory.resolve(name));
                files[shard] = new LogFile(directory.resolve(name), new RecordFormat.FileHead(shard, shards, generation,
                    random.nextLong()));
                increments.add(new Manifest.Increment(name, generation, shard));
            }
            Manifest next = manifest.with(increments);
            next.write(directory);
            manifest = next;
            lastGeneration = generation;
            return files;
        } catch (IOException e) {
            for (LogFile file : files) {
                if (file != null) {
                    file.close();
                }
            }
            throw e;
        }
    }

    /// A name for the base of a generation while it is being written.
    public Path temporaryBase(long generation) {
        return directory.resolve("temp-base." + generation + ".rdb");
    }

    /// Makes a complete base, which lies under its temporary name and is on the disk, the one of `generation`: the increments
    /// before that go.
    public void commitBase(long generation) throws IOException {
        String name = "base." + generation + ".rdb";
        Files.move(temporaryBase(generation), directory.resolve(name));
        Manifest.forceDirectory(directory);
        Manifest next = manifest.rebased(new Manifest.Base(name, generation));
        next.write(directory);
        manifest = next;
        deleteUnnamed();
    }

    /// Deletes files of ours that the manifest does not name: left by a rewrite that was not finished, or replaced by one
    /// that was. What recovery has set aside stays.
    public void deleteUnnamed() throws IOException {
        List<String> named = manifest.files();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (OWN_FILES.matcher(name).matches() && !named.contains(name)) {
                    Files.delete(file);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        lockChannel.close();
    }
}
