package dev.sampo.persist.log;

import dev.sampo.persist.FaultPoint;
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
public final class LogDirectory implements Journal.Generation, AutoCloseable {
    /// A file in the directory that is locked while a server uses it.
    public static final String LOCK = "sampo.lock";
    private static final Pattern OWN_FILES = Pattern.compile(
        "base\\.\\d+\\.rdb|log\\.\\d+\\.\\d+\\.aof|(temp-)+base\\.\\d+\\.rdb(\\.part\\d+)?|temp-" + Manifest.NAME.replace(".", "\\."));

    private final Path directory;
    private final int shards;
    private final FileChannel lockChannel;
    private final SecureRandom random = new SecureRandom();
    private volatile Manifest manifest;
    /// Whether the log begins anew with a base that is not complete yet.
    private volatile boolean fresh;
    /// What the manifest will name with that base: the generation begun last.
    private volatile List<Manifest.Increment> ahead = List.of();
    private volatile long lastGeneration;

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
            if (read == null) {
                refuseRecords();
            }
            manifest = read == null ? Manifest.EMPTY : read;
        } catch (IOException e) {
            lockChannel.close();
            throw e;
        }
        lastGeneration = manifest.generation();
    }

    /// Without a manifest there may be files that a first start has begun, but no records.
    private void refuseRecords() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "log.*.aof")) {
            for (Path file : files) {
                if (OWN_FILES.matcher(file.getFileName().toString()).matches() && Files.size(file) > RecordFormat.FILE_HEAD_BYTES) {
                    throw new DamagedLogException(directory.resolve(Manifest.NAME), 0,
                        "the manifest is missing, but there is a log: " + file.getFileName());
                }
            }
        }
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

    /// The last number that a generation was given; the next one has the next.
    public long generation() {
        return lastGeneration;
    }

    /// The log begins anew: what the directory holds counts until there is a base of all data ([#commitBase(long)]), and what is logged
    /// before that does not. Where there is no manifest yet, one that names nothing says so: records without a manifest are damage.
    public void startAnew() throws IOException {
        if (!Files.exists(directory.resolve(Manifest.NAME))) {
            manifest.write(directory);
        }
        fresh = true;
    }

    /// Whether a base has to be complete before what is logged counts.
    public boolean isFresh() {
        return fresh;
    }

    /// Begins a generation: creates its files and, unless there must be a base first, names them in the manifest. One that fails has
    /// had its number, so that the files of two attempts are never mixed up.
    @Override
    public LogFile[] open() throws IOException {
        long generation = lastGeneration + 1;
        lastGeneration = generation;
        List<Manifest.Increment> increments = new ArrayList<>();
        LogFile[] files = new LogFile[shards];
        try {
            for (int shard = 0; shard < shards; shard++) {
                String name = "log." + generation + "." + shard + ".aof";
                Files.deleteIfExists(directory.resolve(name));
                files[shard] = new LogFile(directory.resolve(name), new RecordFormat.FileHead(shard, shards, generation,
                    random.nextLong()));
                increments.add(new Manifest.Increment(name, generation, shard, Manifest.Increment.GROWING));
            }
            // A manifest must not survive a power failure that the files it names do not.
            Manifest.forceDirectory(directory);
            FaultPoint.GENERATION_FILES_CREATED.reached();
            if (fresh) {
                ahead = increments;
            } else {
                Manifest next = manifest.measured(directory, true).with(increments);
                next.write(directory);
                FaultPoint.GENERATION_NAMED.reached();
                manifest = next;
            }
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

    /// Puts the manifest back that was there before a generation could not be begun: how far that had come is not known, and what
    /// is appended to the files of the generation before it would look like damage if a later one were named.
    @Override
    public void withdraw() throws IOException {
        if (!fresh) {
            manifest.write(directory);
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
        FaultPoint.BASE_RENAMED.reached();
        Manifest.forceDirectory(directory);
        FaultPoint.BASE_DIRECTORY_FORCED.reached();
        Manifest.Base base = new Manifest.Base(name, generation);
        Manifest next = fresh ? new Manifest(base, ahead) : manifest.rebased(base);
        next.write(directory);
        FaultPoint.BASE_NAMED.reached();
        manifest = next;
        fresh = false;
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
                    FaultPoint.BASE_OLD_DELETED.reached();
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        lockChannel.close();
    }
}
