package dev.sampo.persist.rdb;

import dev.sampo.engine.rdb.Crc64;
import dev.sampo.engine.rdb.RdbInput;
import dev.sampo.engine.rdb.RdbOpcode;
import dev.sampo.engine.rdb.RdbType;
import dev.sampo.engine.rdb.ValueReader;
import dev.sampo.engine.rdb.ValueTarget;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import java.nio.charset.StandardCharsets;

/// Reads an RDB file that nobody has checked, of version 1 to 12. Bytes are given to [#append(long, int)] in pieces of any
/// size; [#step(int)] reads as far as they go and as the budget allows, and reports to an [RdbTarget]. For one thread; what it
/// needs of memory is one piece and the longest string or packed value.
public final class RdbReader implements AutoCloseable {
    /// The file is complete, and its checksum right.
    public static final int DONE = 0;
    /// The budget is spent.
    public static final int MORE = 1;
    /// More bytes are needed.
    public static final int NEED = 2;
    /// This is no RDB file, or a damaged one, or one with something that is not supported; [#reason()] says what and where.
    public static final int BAD = 3;

    private static final int MAGIC_BYTES = 9;
    private static final byte[] MAGIC = {'R', 'E', 'D', 'I', 'S'};
    private static final int CHECKSUM_SINCE = 5;
    /// Steps internally: go on at once.
    private static final int AGAIN = -1;

    // ---- what comes next
    private static final int HEADER = 0;
    private static final int OPCODE = 1;
    private static final int VALUE = 2;
    private static final int MODULE = 3;
    private static final int CHECKSUM = 4;
    private static final int END = 5;

    // ---- parts of what modules save, and what their names are made of
    private static final int MODULE_EOF = 0;
    private static final int MODULE_SIGNED = 1;
    private static final int MODULE_UNSIGNED = 2;
    private static final int MODULE_FLOAT = 3;
    private static final int MODULE_DOUBLE = 4;
    private static final int MODULE_STRING = 5;
    private static final String NAME_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static final int NAME_LENGTH = 9;
    private static final int NAME_VERSION_BITS = 10;

    private final RdbTarget target;
    private final boolean checksums;
    private final OutputBuffer buffer = new OutputBuffer();
    private final RdbInput in = new RdbInput();
    private final ValueReader values = new ValueReader();
    /// A copy of the key whose value is being read.
    private final OutputBuffer key = new OutputBuffer();

    private int phase = HEADER;
    private int version;
    /// Bytes of the buffer that have been read.
    private long consumed;
    /// Bytes of the file before the buffer.
    private long before;
    private long checksum;
    private long keys;
    private String reason = "";

    // ---- of the key that comes
    private long deadline;
    private long idleSeconds;
    private int frequency;

    /// @param checksums whether the checksum at the end counts
    public RdbReader(RdbTarget target, boolean checksums) {
        this.target = target;
        this.checksums = checksums;
        forgetKey();
    }

    private void forgetKey() {
        deadline = 0;
        idleSeconds = -1;
        frequency = -1;
    }

    /// The next `length` bytes of the file; they are copied.
    public void append(long address, int length) {
        drop();
        buffer.append(address, length);
    }

    /// Forgets what has been read.
    private void drop() {
        if (consumed > 0) {
            buffer.dropFirst(consumed);
            before += consumed;
            consumed = 0;
        }
    }

    /// Reads on.
    ///
    /// @param budget elements, keys and fields to read before coming back
    public int step(int budget) {
        in.over(buffer.address() + consumed, buffer.address() + buffer.size());
        int rest = budget;
        while (true) {
            long mark = in.position();
            int status = phase == VALUE ? value(rest) : item();
            if (status == NEED && phase != VALUE) {
                in.rewind(mark);
            }
            account();
            if (status == BAD) {
                reason += " at byte " + position();
            }
            if (status != AGAIN) {
                return status;
            }
            if (--rest <= 0) {
                return MORE;
            }
        }
    }

    private void account() {
        long position = in.position() - buffer.address();
        if (checksums && phase != END) {
            checksum = Crc64.update(checksum, buffer.address() + consumed, position - consumed);
        }
        consumed = position;
    }

    private int item() {
        return switch (phase) {
            case HEADER -> header();
            case OPCODE -> opcode();
            case MODULE -> modulePart();
            case CHECKSUM -> checksum();
            default -> DONE;
        };
    }

    private int bad(String why) {
        reason = why;
        return BAD;
    }

    private int failed(int status) {
        return status == RdbInput.NEED ? NEED : bad("malformed length or string");
    }

    // ---------------------------------------------------------------- items

    private int header() {
        int status = in.readRaw(MAGIC_BYTES);
        if (status != RdbInput.OK) {
            return NEED;
        }
        long at = in.address(0);
        if (!OffHeap.equals(at, MAGIC, MAGIC.length)) {
            return bad("not an RDB file: it begins with \"" + OffHeap.latin1(at, MAGIC_BYTES).replaceAll("[^ -~]", "?") + "\"");
        }
        version = 0;
        for (int i = MAGIC.length; i < MAGIC_BYTES; i++) {
            int digit = OffHeap.getByte(at + i) - '0';
            if (digit < 0 || digit > 9) {
                return bad("not an RDB file: its version is no number");
            }
            version = version * 10 + digit;
        }
        if (version < 1 || version > RdbType.VERSION_MAX) {
            return bad("RDB version " + version + " is not supported, 1 to " + RdbType.VERSION_MAX + " are");
        }
        phase = OPCODE;
        return AGAIN;
    }

    private int opcode() {
        int status = in.readByte();
        if (status != RdbInput.OK) {
            return NEED;
        }
        int opcode = (int) in.value();
        return switch (opcode) {
            case RdbOpcode.EXPIRE_SECONDS, RdbOpcode.EXPIRE_MILLIS -> expire(opcode);
            case RdbOpcode.IDLE, RdbOpcode.FREQUENCY -> access(opcode);
            case RdbOpcode.SELECT_DB -> selectDb();
            case RdbOpcode.RESIZE_DB -> resize();
            case RdbOpcode.SLOT_INFO -> slotInfo();
            case RdbOpcode.AUX -> aux();
            case RdbOpcode.FUNCTION -> function();
            case RdbOpcode.FUNCTION_PRE_GA -> bad("functions in the form of a release candidate of Redis 7.0");
            case RdbOpcode.MODULE_AUX -> module();
            case RdbOpcode.EOF -> eof();
            default -> RdbType.isValue(opcode) ? key(opcode) : bad("unknown type or opcode " + opcode);
        };
    }

    private int expire(int opcode) {
        int status = opcode == RdbOpcode.EXPIRE_MILLIS ? in.readLong() : in.readInt();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        deadline = opcode == RdbOpcode.EXPIRE_MILLIS ? in.value() : in.value() * 1000;
        if (deadline == 0) {
            // A deadline as far in the past as its neighbour; 0 would mean none.
            deadline = 1;
        }
        return AGAIN;
    }

    private int access(int opcode) {
        int status = opcode == RdbOpcode.IDLE ? in.readLength() : in.readByte();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        if (opcode == RdbOpcode.IDLE) {
            idleSeconds = Math.max(0, in.value());
        } else {
            frequency = (int) in.value();
        }
        return AGAIN;
    }

    private int selectDb() {
        int status = in.readLength();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        if (in.value() < 0 || in.value() > Integer.MAX_VALUE || !target.database((int) in.value())) {
            return bad("database " + Long.toUnsignedString(in.value()) + " does not exist here");
        }
        return AGAIN;
    }

    private int resize() {
        int status = in.readLength();
        long all = in.value();
        if (status == RdbInput.OK) {
            status = in.readLength();
        }
        if (status != RdbInput.OK) {
            return failed(status);
        }
        target.resize(all, in.value());
        return AGAIN;
    }

    private int slotInfo() {
        for (int i = 0; i < 3; i++) {
            int status = in.readLength();
            if (status != RdbInput.OK) {
                return failed(status);
            }
        }
        return AGAIN;
    }

    private int aux() {
        int status = in.readString(0);
        if (status == RdbInput.OK) {
            status = in.readString(1);
        }
        if (status != RdbInput.OK) {
            return failed(status);
        }
        target.aux(OffHeap.utf8(in.address(0), in.length(0)), OffHeap.utf8(in.address(1), in.length(1)));
        return AGAIN;
    }

    private int function() {
        int status = in.readString();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        target.function(OffHeap.bytes(in.address(0), in.length(0)));
        return AGAIN;
    }

    private int key(int type) {
        int status = in.readString();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        key.clear();
        key.append(in.address(0), in.length(0));
        ValueTarget value = target.key(key.address(), in.length(0), type, deadline, idleSeconds, frequency);
        if (value == null) {
            return bad("a key that is there already");
        }
        values.begin(type, value);
        phase = VALUE;
        return AGAIN;
    }

    private int value(int budget) {
        int status = values.step(in, budget);
        switch (status) {
            case ValueReader.DONE, ValueReader.EMPTY -> {
                target.endKey(status == ValueReader.EMPTY);
                keys++;
                forgetKey();
                phase = OPCODE;
                return AGAIN;
            }
            case ValueReader.MORE -> {
                return MORE;
            }
            case ValueReader.NEED -> {
                return NEED;
            }
            default -> {
                return bad(values.reason() + " in the value of key \""
                    + OffHeap.latin1(key.address(), (int) key.size()).replaceAll("[^ -~]", "?") + "\"");
            }
        }
    }

    // ---------------------------------------------------------------- modules

    private int module() {
        int status = in.readLength();
        long id = in.value();
        // When it was saved, before or after the keys: an opcode and a number.
        for (int i = 0; i < 2 && status == RdbInput.OK; i++) {
            status = in.readLength();
        }
        if (status != RdbInput.OK) {
            return failed(status);
        }
        target.skippedModule(moduleName(id));
        phase = MODULE;
        return AGAIN;
    }

    private static String moduleName(long id) {
        var name = new StringBuilder();
        for (int i = 0; i < NAME_LENGTH; i++) {
            name.append(NAME_LETTERS.charAt((int) (id >>> NAME_VERSION_BITS + 6 * (NAME_LENGTH - 1 - i)) & 0x3F));
        }
        return name.toString();
    }

    private int modulePart() {
        int status = in.readLength();
        if (status != RdbInput.OK) {
            return failed(status);
        }
        if (in.value() == MODULE_EOF) {
            phase = OPCODE;
            return AGAIN;
        }
        status = switch (Math.clamp(in.value(), -1, Integer.MAX_VALUE)) {
            case MODULE_SIGNED, MODULE_UNSIGNED -> in.readLength();
            case MODULE_FLOAT -> in.readInt();
            case MODULE_DOUBLE -> in.readLong();
            case MODULE_STRING -> in.readString();
            default -> RdbInput.BAD;
        };
        return status == RdbInput.OK ? AGAIN : failed(status);
    }

    // ---------------------------------------------------------------- the end

    private int eof() {
        phase = version >= CHECKSUM_SINCE ? CHECKSUM : END;
        return AGAIN;
    }

    private int checksum() {
        int status = in.readLong();
        if (status != RdbInput.OK) {
            return NEED;
        }
        phase = END;
        // 0 = written without one.
        return checksums && in.value() != 0 && in.value() != checksum ? bad("wrong checksum") : AGAIN;
    }

    /// Why reading ended in [#BAD].
    public String reason() {
        return reason;
    }

    /// Bytes of the file that have been read.
    public long position() {
        return before + consumed;
    }

    /// Bytes that were given but lie behind the end of the file; an append-only log may follow it.
    public long left() {
        return buffer.size() - consumed;
    }

    /// Keys so far, empty ones included.
    public long keys() {
        return keys;
    }

    /// Version of the format; 0 before the header was read.
    public int version() {
        return version;
    }

    @Override
    public void close() {
        buffer.release();
        key.release();
        in.close();
        values.close();
    }
}
