package dev.sampo.persist.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/// Looks at the increments of a log directory that no server uses, and cuts them back to the last state that is whole: before the
/// first damage in each file of a generation, before the first transaction that thereby loses a part, and to nothing in all
/// generations after that.
public final class LogInspection {
    private final Path directory;
    private final Manifest manifest;
    private final List<FileState> files = new ArrayList<>();

    /// What is known of one file.
    ///
    /// @param bytes its length, -1 = it is missing
    /// @param records whole ones
    /// @param transactions how many of the records are parts of transactions
    /// @param keep bytes that count
    /// @param problem why not all bytes count, or null
    public record FileState(Path file, long bytes, long records, int transactions, long keep, String problem) {
        /// Bytes that do not count.
        public long lost() {
            return Math.max(0, bytes - keep);
        }
    }

    /// Reads the manifest.
    ///
    /// @throws DamagedLogException when it is damaged or missing
    public LogInspection(Path directory) throws IOException {
        this.directory = directory;
        manifest = Manifest.read(directory);
        if (manifest == null) {
            throw new DamagedLogException(directory.resolve(Manifest.NAME), 0, "the manifest is missing");
        }
    }

    public Manifest manifest() {
        return manifest;
    }

    /// Where the base is, or null.
    public Path base() {
        return manifest.base() == null ? null : directory.resolve(manifest.base().file());
    }

    /// Checks all increments, in the order of replay. Changes nothing.
    public List<FileState> inspect() throws IOException {
        files.clear();
        boolean behind = false;
        long generation = -1;
        for (Manifest.Increment increment : manifest.increments()) {
            if (increment.generation() != generation) {
                generation = increment.generation();
                behind |= inspect(manifest.of(generation), behind);
            }
        }
        return List.copyOf(files);
    }

    /// Whether the generation has lost something.
    private boolean inspect(List<Manifest.Increment> generation, boolean behind) throws IOException {
        List<LogReader> readers = new ArrayList<>();
        boolean lost = false;
        try {
            for (Manifest.Increment increment : generation) {
                readers.add(open(increment));
            }
            Recovery.makeConsistent(readers);
            for (int i = 0; i < readers.size(); i++) {
                FileState state = state(directory.resolve(generation.get(i).file()), generation.get(i), readers.get(i), behind);
                files.add(state);
                lost |= state.problem() != null;
            }
        } finally {
            readers.stream().filter(reader -> reader != null).forEach(LogReader::close);
        }
        return lost;
    }

    /// The file of an increment, checked; null when it is missing.
    private LogReader open(Manifest.Increment increment) throws IOException {
        Path file = directory.resolve(increment.file());
        if (!Files.exists(file)) {
            return null;
        }
        LogReader reader = new LogReader(file);
        reader.scan();
        if (reader.head() != null && !increment.owns(reader.head())) {
            reader.limit(0);
        }
        return reader;
    }

    private static FileState state(Path file, Manifest.Increment increment, LogReader reader, boolean behind) {
        if (reader == null) {
            return new FileState(file, -1, 0, 0, 0, "the manifest names this file, but it is missing");
        }
        long keep = behind ? Math.min(reader.limit(), RecordFormat.FILE_HEAD_BYTES) : reader.limit();
        String problem = null;
        if (reader.head() != null && !increment.owns(reader.head())) {
            problem = "the file belongs to another place of the manifest";
        } else if (reader.limit() < reader.validBytes()) {
            problem = "a transaction lacks a part that another file should have";
        } else if (reader.end() != LogReader.End.WHOLE) {
            problem = reader.damage();
        } else if (!increment.hasSize(reader.length())) {
            problem = increment.wrongSize();
        } else if (keep < reader.length()) {
            problem = "it goes on from a state that is damaged";
        }
        return new FileState(file, reader.length(), reader.records(), reader.transactionCount(), keep, problem);
    }

    /// Makes the files what [#inspect()] has said; what goes is kept beside.
    ///
    /// @return what was done, a line each
    public List<String> repair() throws IOException {
        List<String> done = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            FileState state = files.get(i);
            if (state.problem() == null) {
                continue;
            }
            boolean isHeadless = state.keep() < RecordFormat.FILE_HEAD_BYTES;
            if (state.lost() > 0) {
                Path aside = Quarantine.cut(state.file(), state.keep());
                done.add(state.file() + ": cut at byte " + state.keep() + "; the " + state.lost() + " bytes behind it are kept in "
                    + aside.getFileName());
            }
            if (isHeadless) {
                Files.deleteIfExists(state.file());
                begin(manifest.increments().get(i));
                done.add(state.file() + ": begun anew, without records");
            }
        }
        Manifest measured = manifest.measured(directory, false);
        if (!measured.equals(manifest)) {
            measured.write(directory);
            done.add(directory.resolve(Manifest.NAME) + ": says how long the files are now");
        }
        return done;
    }

    private void begin(Manifest.Increment increment) throws IOException {
        int shards = manifest.of(increment.generation()).size();
        var head = new RecordFormat.FileHead(increment.shard(), shards, increment.generation(), new SecureRandom().nextLong());
        new LogFile(directory.resolve(increment.file()), head).close();
        Manifest.forceDirectory(directory);
    }

    /// What is to be said of a single file of a log, whose place in a directory is not known.
    public static FileState inspect(Path file) throws IOException {
        try (LogReader reader = new LogReader(file)) {
            reader.scan();
            return new FileState(file, reader.length(), reader.records(), reader.transactionCount(), reader.validBytes(),
                reader.end() == LogReader.End.WHOLE ? null : reader.damage());
        }
    }
}
