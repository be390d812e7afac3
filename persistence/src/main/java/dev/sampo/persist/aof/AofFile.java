package dev.sampo.persist.aof;

import dev.sampo.persist.log.DamagedLogException;
import dev.sampo.persist.log.EffectSink;
import dev.sampo.persist.rdb.RdbReader;
import dev.sampo.persist.rdb.RdbTarget;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/// One append-only file of Redis: perhaps a snapshot first, then commands as clients send them, with SELECT, MULTI and EXEC between
/// them and lines of comment (`#TS:1700000000`). Read in three steps, each of which needs the one before: the snapshot
/// ([#readSnapshot(RdbTarget)]), all that follows is checked ([#scan()]), and then run ([#replay(EffectSink)]).
///
/// Format: https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
public final class AofFile implements AutoCloseable {
    private static final byte[] SNAPSHOT_MAGIC = {'R', 'E', 'D', 'I', 'S'};
    private static final int PIECE_BYTES = 1 << 20;
    private static final int STEP = 4096;
    private static final int DIGITS_MAX = 18;
    /// What runs code that this server has not.
    private static final Set<String> CODE = Set.of("FUNCTION", "FCALL", "EVAL", "EVALSHA", "SCRIPT");

    /// How the bytes of a file end.
    public enum End {
        /// With a whole command, outside of a transaction.
        WHOLE,
        /// In the middle of a command or of a transaction, or in zeros: a write that a crash cut off.
        CUT,
        /// With bytes that were never written so.
        DAMAGED
    }

    private final Path file;
    private final Arena arena = Arena.ofConfined();
    private final long address;
    private final long length;
    private final Args command = new Args();
    /// Where the commands begin.
    private long commandsAt;

    private End end = End.WHOLE;
    private long validBytes;
    private String damage = "";
    private long commands;
    private int highestDb;

    // ---- where parsing is, and what it says
    private long at;
    private String problem;
    /// Whether the file is over before what was expected.
    private boolean over;

    public AofFile(Path file) throws IOException {
        this.file = file;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            length = channel.size();
            address = length == 0 ? 0 : channel.map(FileChannel.MapMode.READ_ONLY, 0, length, arena).address();
        } catch (IOException e) {
            arena.close();
            throw e;
        }
    }

    public Path file() {
        return file;
    }

    public long length() {
        return length;
    }

    /// How the commands end, behind [#validBytes()].
    public End end() {
        return end;
    }

    /// Behind the last command that counts: a transaction counts as a whole.
    public long validBytes() {
        return validBytes;
    }

    /// What is wrong behind the valid bytes.
    public String damage() {
        return damage;
    }

    /// Commands that count, SELECT, MULTI and EXEC left out.
    public long commands() {
        return commands;
    }

    /// The highest database that is selected.
    public int highestDb() {
        return highestDb;
    }

    /// Whether the file begins as a snapshot does.
    public boolean hasSnapshot() {
        return length >= SNAPSHOT_MAGIC.length && OffHeap.equals(address, SNAPSHOT_MAGIC, SNAPSHOT_MAGIC.length);
    }

    // ---------------------------------------------------------------- the snapshot

    /// Reads the snapshot that the file begins with.
    ///
    /// @throws DamagedLogException when it is damaged, or not whole
    public void readSnapshot(RdbTarget target) throws DamagedLogException {
        try (RdbReader reader = new RdbReader(target, true)) {
            long given = 0;
            while (true) {
                int state = reader.step(STEP);
                if (state == RdbReader.DONE) {
                    commandsAt = reader.position();
                    return;
                }
                if (state == RdbReader.BAD) {
                    throw new DamagedLogException(file, reader.position(), reader.reason());
                }
                if (state == RdbReader.NEED) {
                    if (given == length) {
                        throw new DamagedLogException(file, reader.position(), "the file ends in the snapshot that it begins with");
                    }
                    int piece = (int) Math.min(PIECE_BYTES, length - given);
                    reader.append(address + given, piece);
                    given += piece;
                }
            }
        }
    }

    /// Where the snapshot ends and the commands begin.
    public long commandsAt() {
        return commandsAt;
    }

    // ---------------------------------------------------------------- checking

    /// Checks the form of all commands.
    public void scan() {
        at = commandsAt;
        long transaction = -1;
        long inTransaction = 0;
        while (at < length) {
            long start = at;
            if (!next()) {
                stop(transaction >= 0 ? transaction : start);
                return;
            }
            if (command.count() == 0) {
                continue;
            }
            if (is("MULTI")) {
                if (transaction >= 0) {
                    damaged(start, "a transaction begins in a transaction");
                    return;
                }
                transaction = start;
                inTransaction = 0;
            } else if (is("EXEC")) {
                if (transaction < 0) {
                    damaged(start, "a transaction ends that has not begun");
                    return;
                }
                transaction = -1;
                commands += inTransaction;
            } else if (is("SELECT")) {
                int db = database();
                if (db < 0) {
                    damaged(start, "SELECT without the number of a database");
                    return;
                }
                highestDb = Math.max(highestDb, db);
            } else if (transaction >= 0) {
                inTransaction++;
            } else {
                commands++;
            }
        }
        validBytes = transaction >= 0 ? transaction : length;
        end = transaction >= 0 ? End.CUT : End.WHOLE;
        damage = transaction >= 0 ? "the file ends in a transaction" : "";
    }

    private void stop(long valid) {
        if (over) {
            end = End.CUT;
            validBytes = valid;
            damage = "the file ends in a command";
        } else if (isZeroFrom(at)) {
            end = End.CUT;
            validBytes = valid;
            damage = "the file goes on with zeros only";
        } else {
            damaged(valid, problem + " at byte " + at);
        }
    }

    private void damaged(long valid, String what) {
        end = End.DAMAGED;
        validBytes = valid;
        damage = what;
    }

    private boolean isZeroFrom(long from) {
        for (long i = from; i < length; i++) {
            if (OffHeap.getByte(address + i) != 0) {
                return false;
            }
        }
        return true;
    }

    private boolean is(String upper) {
        return command.equalsIgnoreCase(0, upper);
    }

    /// The number that SELECT names, or -1.
    private int database() {
        if (command.count() != 2 || command.length(1) > 9 || command.length(1) == 0) {
            return -1;
        }
        int db = 0;
        for (int i = 0; i < command.length(1); i++) {
            int digit = OffHeap.getByte(command.address(1) + i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            db = db * 10 + digit;
        }
        return db;
    }

    // ---------------------------------------------------------------- reading

    /// Runs everything that counts.
    ///
    /// @throws DamagedLogException when a command is unknown or the data refuse it
    public void replay(EffectSink sink) throws DamagedLogException {
        at = commandsAt;
        int db = 0;
        while (at < validBytes) {
            long start = at;
            next();
            if (command.count() == 0 || is("MULTI") || is("EXEC")) {
                continue;
            }
            if (is("SELECT")) {
                db = database();
                continue;
            }
            try {
                sink.apply(db, command);
            } catch (IllegalStateException e) {
                throw new DamagedLogException(file, start, e.getMessage() + (runsCode() ? " (scripts and functions do not run here)" : ""));
            }
        }
    }

    private boolean runsCode() {
        return CODE.stream().anyMatch(this::is);
    }

    /// Reads the next command, or a line of comment as one without arguments; false when there is none.
    private boolean next() {
        command.clear();
        command.begin();
        over = false;
        if (OffHeap.getByte(address + at) == '#') {
            return skipLine();
        }
        long count = number('*');
        if (count == 0) {
            return no("a command without a name");
        }
        for (long i = 0; i < count; i++) {
            long bytes = number('$');
            if (bytes < 0) {
                return false;
            }
            if (bytes > Integer.MAX_VALUE) {
                return no("a string of " + bytes + " bytes");
            }
            if (length - at < bytes) {
                over = true;
                return false;
            }
            command.add(address + at, (int) bytes);
            at += bytes;
            if (!lineEnd()) {
                return false;
            }
        }
        return count > 0;
    }

    private boolean no(String what) {
        problem = what;
        return false;
    }

    private boolean skipLine() {
        while (at < length) {
            if (OffHeap.getByte(address + at++) == '\n') {
                return true;
            }
        }
        over = true;
        return false;
    }

    /// A sign, a number and the end of the line; -1 when they are not there.
    private long number(char sign) {
        if (!expect(sign)) {
            return -1;
        }
        long value = 0;
        int digits = 0;
        while (at < length) {
            int digit = OffHeap.getByte(address + at) - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            value = value * 10 + digit;
            at++;
            if (++digits > DIGITS_MAX) {
                problem = "a number that is too long";
                return -1;
            }
        }
        if (at < length && digits == 0) {
            problem = "there should be a number";
            return -1;
        }
        return lineEnd() ? value : -1;
    }

    private boolean lineEnd() {
        return expect('\r') && expect('\n');
    }

    private boolean expect(char c) {
        if (at == length) {
            over = true;
            return false;
        }
        if (OffHeap.getByte(address + at) != c) {
            return no("there should be " + (c < ' ' ? "the end of a line" : "'" + c + "'"));
        }
        at++;
        return true;
    }

    @Override
    public void close() {
        command.close();
        arena.close();
    }
}
