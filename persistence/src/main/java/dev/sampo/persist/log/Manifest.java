package dev.sampo.persist.log;

import dev.sampo.persist.FaultPoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/// Which files in the log's directory count, in the spirit of Redis 7's multi-part AOF: at most one base (a snapshot), then
/// the increments to be replayed on top of it, generation by generation. A line a file, and a checksum:
///
/// ```
/// sampo-manifest 1
/// file base.3.rdb seq 3 type b
/// file log.3.0.aof seq 3 type i shard 0 bytes 4096
/// file log.3.1.aof seq 3 type i shard 1 bytes 512
/// file log.4.0.aof seq 4 type i shard 0
/// file log.4.1.aof seq 4 type i shard 1
/// crc 5f0c2a11
/// ```
/// @param base the snapshot, or null when the log begins with nothing
/// @param increments in the order of replay
public record Manifest(Base base, List<Increment> increments) {
    /// The manifest's name in the directory.
    public static final String NAME = "sampo.manifest";
    static final Manifest EMPTY = new Manifest(null, List.of());

    private static final String HEAD = "sampo-manifest 1";

    /// A snapshot of all shards at the moment in which a generation began.
    public record Base(String file, long generation) {
    }

    /// What one shard did in a generation.
    ///
    /// @param bytes size of the file once a later generation has begun, [#GROWING] before that
    public record Increment(String file, long generation, int shard, long bytes) {
        static final long GROWING = -1;

        String wrongSize() {
            return "the file ends here, but the manifest says it has " + bytes + " bytes";
        }

        /// Whether a file of this size is the one that was left.
        boolean hasSize(long size) {
            return bytes == GROWING || bytes == size;
        }

        /// Whether a file with this head is the one that is named here.
        boolean owns(RecordFormat.FileHead head) {
            return head.generation() == generation && head.shard() == shard;
        }
    }

    public Manifest {
        increments = List.copyOf(increments);
    }

    /// The highest generation named; 0 when none is.
    public long generation() {
        long highest = base == null ? 0 : base.generation();
        for (Increment increment : increments) {
            highest = Math.max(highest, increment.generation());
        }
        return highest;
    }

    /// The files of one generation.
    List<Increment> of(long generation) {
        return increments.stream().filter(increment -> increment.generation() == generation).toList();
    }

    /// The manifest with the sizes of files, so that nobody takes a part of one for the whole.
    ///
    /// @param growing of those that have grown until now, otherwise of those whose size it says already
    Manifest measured(Path directory, boolean growing) throws IOException {
        List<Increment> measured = new ArrayList<>();
        for (Increment increment : increments) {
            measured.add(growing != (increment.bytes() == Increment.GROWING) ? increment
                : new Increment(increment.file(), increment.generation(), increment.shard(), Files.size(directory.resolve(increment.file()))));
        }
        return new Manifest(base, measured);
    }

    Manifest with(List<Increment> more) {
        List<Increment> all = new ArrayList<>(increments);
        all.addAll(more);
        return new Manifest(base, all);
    }

    /// The manifest once a base holds everything that came before its generation.
    Manifest rebased(Base newBase) {
        return new Manifest(newBase,
            increments.stream().filter(increment -> increment.generation() >= newBase.generation()).toList());
    }

    List<String> files() {
        List<String> files = new ArrayList<>();
        if (base != null) {
            files.add(base.file());
        }
        increments.forEach(increment -> files.add(increment.file()));
        return files;
    }

    // ---------------------------------------------------------------- file

    /// Reads the manifest of a directory; null when there is none.
    ///
    /// @throws DamagedLogException when it is not what was written
    static Manifest read(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        if (!Files.exists(file)) {
            return null;
        }
        String text = Files.readString(file, StandardCharsets.UTF_8);
        int end = text.lastIndexOf("crc ");
        if (!text.startsWith(HEAD + "\n") || end < 0 || !text.substring(end).equals(crcLine(text.substring(0, end)))) {
            throw new DamagedLogException(file, 0, "the manifest is damaged");
        }
        Base base = null;
        List<Increment> increments = new ArrayList<>();
        for (String line : text.substring(0, end).split("\n")) {
            String[] words = line.split(" ");
            if (words.length == 6 && words[5].equals("b")) {
                base = new Base(words[1], Long.parseLong(words[3]));
            } else if (words.length == 8 || words.length == 10) {
                increments.add(new Increment(words[1], Long.parseLong(words[3]), Integer.parseInt(words[7]),
                    words.length == 8 ? Increment.GROWING : Long.parseLong(words[9])));
            } else if (!line.equals(HEAD)) {
                throw new DamagedLogException(file, 0, "the manifest has a line that this version does not know: " + line);
            }
        }
        return new Manifest(base, increments);
    }

    /// Replaces the manifest of a directory: after this, and after a crash in it, the file is either the old or the new one.
    void write(Path directory) throws IOException {
        StringBuilder text = new StringBuilder(HEAD).append('\n');
        if (base != null) {
            text.append("file ").append(base.file()).append(" seq ").append(base.generation()).append(" type b\n");
        }
        for (Increment increment : increments) {
            text.append("file ").append(increment.file()).append(" seq ").append(increment.generation()).append(" type i shard ")
                .append(increment.shard());
            if (increment.bytes() != Increment.GROWING) {
                text.append(" bytes ").append(increment.bytes());
            }
            text.append('\n');
        }
        text.append(crcLine(text.toString()));
        Path temporary = directory.resolve("temp-" + NAME);
        try (FileChannel out = FileChannel.open(temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
            FaultPoint.MANIFEST_CREATED.reached();
            ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            FaultPoint.MANIFEST_WRITTEN.reached();
            out.force(true);
            FaultPoint.MANIFEST_FORCED.reached();
        }
        Files.move(temporary, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
        FaultPoint.MANIFEST_RENAMED.reached();
        forceDirectory(directory);
        FaultPoint.MANIFEST_DIRECTORY_FORCED.reached();
    }

    /// Makes names created, renamed or deleted in a directory survive a power failure.
    static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static String crcLine(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return "crc " + Long.toHexString(crc.getValue()) + "\n";
    }
}
