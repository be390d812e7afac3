package dev.sampo.persist.log;

import dev.sampo.resp.Args;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/// Reads the increments of a log directory back.
///
/// The files of a generation are replayed side by side: each in its own order, and a transaction when all its participants
/// have come to it. Effects that name no key (FLUSHALL) are in such transactions, so that any number of shards can take the
/// place of those that wrote the log.
///
/// Only the newest generation may end in the middle of a record: a crash has cut it off. What was cut off was never
/// acknowledged under `appendfsync always`. Then every other file is cut back to the same consistent state: before the first
/// transaction that has lost a participant. What goes is kept in a file beside, and reported. Everything else that is not as
/// it was written is damage, and recovery refuses.
public final class Recovery {
    private final Path directory;
    private final boolean loadTruncated;
    private final EffectSink sink;
    private final Args effect = new Args();
    private long effects;
    private long records;
    private long bytes;
    private long cutBytes;
    private long lastTransaction;
    private LongConsumer progress = _ -> { };
    private final List<String> notes = new ArrayList<>();

    /// What a recovery found.
    ///
    /// @param cutBytes bytes of unfinished records that were set aside
    /// @param lastTransaction the highest transaction id
    /// @param notes what an operator should know, a line each
    public record Report(long records, long effects, long bytes, long cutBytes, long lastTransaction, List<String> notes) {
    }

    /// @param loadTruncated whether a file that a crash cut off is accepted (`aof-load-truncated`)
    public Recovery(Path directory, boolean loadTruncated, EffectSink sink) {
        this.directory = directory;
        this.loadTruncated = loadTruncated;
        this.sink = sink;
    }

    /// Who is told how many more bytes have been replayed.
    public Recovery progress(LongConsumer listener) {
        progress = listener;
        return this;
    }

    /// Replays all increments.
    ///
    /// @throws DamagedLogException when the files are not as they were written
    public Report replay(Manifest manifest) throws IOException {
        long newest = manifest.generation();
        long generation = -1;
        try {
            for (Manifest.Increment increment : manifest.increments()) {
                if (increment.generation() != generation) {
                    generation = increment.generation();
                    replay(manifest.of(generation), generation == newest);
                }
            }
        } finally {
            effect.close();
        }
        return new Report(records, effects, bytes, cutBytes, lastTransaction, List.copyOf(notes));
    }

    private void replay(List<Manifest.Increment> generation, boolean isNewest) throws IOException {
        List<LogReader> readers = new ArrayList<>();
        try {
            for (Manifest.Increment increment : generation) {
                readers.add(open(increment, isNewest));
            }
            makeConsistent(readers);
            for (LogReader reader : readers) {
                if (reader.limit() < reader.validBytes() && !isNewest) {
                    throw new DamagedLogException(reader.file(), reader.limit(),
                        "a transaction lacks a part that another file should have");
                }
                for (int i = 0; i < reader.transactionCount(); i++) {
                    lastTransaction = Math.max(lastTransaction, reader.transaction(i));
                }
            }
            new Merge(readers).run();
            for (LogReader reader : readers) {
                records += reader.records();
                bytes += reader.limit();
            }
        } finally {
            readers.forEach(LogReader::close);
        }
        for (LogReader reader : readers) {
            if (reader.limit() < reader.length()) {
                setAside(reader);
            }
        }
    }

    private LogReader open(Manifest.Increment increment, boolean isNewest) throws IOException {
        Path file = directory.resolve(increment.file());
        if (!Files.exists(file)) {
            throw new DamagedLogException(file, 0, "the manifest names this file, but it is missing");
        }
        LogReader reader = new LogReader(file);
        reader.scan();
        boolean acceptable = reader.end() == LogReader.End.WHOLE
            || reader.end() == LogReader.End.CUT && isNewest && loadTruncated;
        boolean belongs = reader.head() == null || increment.owns(reader.head());
        if (acceptable && belongs && !increment.hasSize(reader.length())) {
            reader.close();
            throw new DamagedLogException(file, reader.length(), increment.wrongSize());
        }
        if (!acceptable || !belongs) {
            reader.close();
            throw new DamagedLogException(file, reader.validBytes(),
                belongs ? reader.damage() : "the file belongs to another place of the manifest");
        }
        return reader;
    }

    /// Cuts the files of a generation back to a state in which every transaction is whole.
    ///
    /// @param readers by shard, null where the file is missing
    static void makeConsistent(List<LogReader> readers) {
        boolean changed = true;
        while (changed) {
            changed = false;
            Map<Long, Long> present = present(readers);
            for (LogReader reader : readers) {
                int first = reader == null ? -1 : firstWithout(reader, present);
                if (first >= 0) {
                    reader.limit(reader.transactionOffset(first));
                    changed = true;
                }
            }
        }
    }

    /// Which shards have each transaction.
    private static Map<Long, Long> present(List<LogReader> readers) {
        Map<Long, Long> present = new HashMap<>();
        for (int shard = 0; shard < readers.size(); shard++) {
            LogReader reader = readers.get(shard);
            for (int i = 0; reader != null && i < reader.transactionCount() && reader.transactionOffset(i) < reader.limit(); i++) {
                present.merge(reader.transaction(i), 1L << shard, (a, b) -> a | b);
            }
        }
        return present;
    }

    /// The first transaction of a file that lacks a part, or -1.
    private static int firstWithout(LogReader reader, Map<Long, Long> present) {
        for (int i = 0; i < reader.transactionCount() && reader.transactionOffset(i) < reader.limit(); i++) {
            if (present.get(reader.transaction(i)) != reader.participants(i)) {
                return i;
            }
        }
        return -1;
    }

    private void setAside(LogReader reader) throws IOException {
        long cut = reader.length() - reader.limit();
        Path aside = Quarantine.cut(reader.file(), reader.limit());
        cutBytes += cut;
        notes.add(reader.file() + ": the last " + cut + " bytes, from byte " + reader.limit()
            + " on, were not written to their end or belong to a transaction that was not; they are kept in " + aside.getFileName());
    }

    /// Replays the files of one generation side by side.
    private final class Merge {
        private final List<LogReader> readers;
        /// Whether a file stands at a transaction.
        private final boolean[] waits;
        private final boolean[] ended;

        Merge(List<LogReader> readers) {
            this.readers = readers;
            waits = new boolean[readers.size()];
            ended = new boolean[readers.size()];
        }

        void run() throws DamagedLogException {
            boolean moved = true;
            while (moved) {
                moved = false;
                for (int shard = 0; shard < readers.size(); shard++) {
                    moved |= advance(shard);
                }
            }
            for (int shard = 0; shard < readers.size(); shard++) {
                if (!ended[shard]) {
                    throw new DamagedLogException(readers.get(shard).file(), 0, "two transactions each come before the other");
                }
            }
        }

        /// Goes on in one file up to a transaction that others have not come to.
        private boolean advance(int shard) throws DamagedLogException {
            LogReader reader = readers.get(shard);
            boolean moved = false;
            while (!ended[shard]) {
                if (!waits[shard]) {
                    if (!reader.nextRecord()) {
                        ended[shard] = true;
                        return true;
                    }
                    moved = true;
                    progress.accept(reader.recordBytes());
                    waits[shard] = reader.transaction() != 0;
                }
                if (!waits[shard]) {
                    while (reader.hasEffect()) {
                        int db = reader.nextEffect(effect);
                        apply(reader, db);
                    }
                } else if (allAt(reader.transaction(), reader.participants())) {
                    transaction(reader.participants());
                } else {
                    return moved;
                }
            }
            return moved;
        }

        private boolean allAt(long transaction, long participants) {
            for (long rest = participants; rest != 0; rest &= rest - 1) {
                int shard = Long.numberOfTrailingZeros(rest);
                if (!waits[shard] || readers.get(shard).transaction() != transaction) {
                    return false;
                }
            }
            return true;
        }

        /// Applies all parts of a transaction. Between two effects that name no key the parts are independent.
        private void transaction(long participants) throws DamagedLogException {
            boolean more = true;
            while (more) {
                more = false;
                int keylessDb = 0;
                LogReader keyless = null;
                for (long rest = participants; rest != 0; rest &= rest - 1) {
                    LogReader reader = readers.get(Long.numberOfTrailingZeros(rest));
                    while (reader.hasEffect()) {
                        int db = reader.nextEffect(effect);
                        if (sink.isKeyless(effect)) {
                            keyless = reader;
                            keylessDb = db;
                            break;
                        }
                        apply(reader, db);
                    }
                }
                if (keyless != null) {
                    // The last one read stands for all: every participant has it.
                    if (!sink.isKeyless(effect)) {
                        throw new DamagedLogException(keyless.file(), 0, "an effect on all keys is missing in another shard");
                    }
                    apply(keyless, keylessDb);
                    more = true;
                }
            }
            for (long rest = participants; rest != 0; rest &= rest - 1) {
                waits[Long.numberOfTrailingZeros(rest)] = false;
            }
        }

        private void apply(LogReader reader, int db) throws DamagedLogException {
            try {
                sink.apply(db, effect);
                effects++;
            } catch (IllegalStateException e) {
                throw new DamagedLogException(reader.file(), reader.effectAt(), e.getMessage());
            }
        }
    }
}
