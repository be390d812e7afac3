package dev.sampo.persist.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// The bytes of a log file: one per shard and generation, little endian.
///
/// ```
/// file    64 bytes: "SAMPOLOG" | int version | int shard | int shards | int - | long generation | long salt
///                   | 20 bytes 0 | int CRC32C of all before
/// record  24 bytes: int body bytes | int CRC32C of the body | long number in the file, from 1 | int kind
///                   | int CRC32C of salt and all before
/// body    of kind EFFECTS: effects; of kind TRANSACTION: long id | long participants, bit per shard | effects
/// effect  varint database | varint number of arguments | per argument: varint length, bytes
/// ```
/// A record holds what a shard did in one turn of its core and is valid as a whole or not at all. A transaction is what one
/// exclusive ownership of several shards did; each of its participants has a record of it, and it counts only when all do.
/// Head and body have checksums of their own, so that a length is believed before its bytes are there; the salt makes a
/// record of another file invalid here, the number one that is in the wrong place.
final class RecordFormat {
    static final long MAGIC = 0x474F4C4F504D4153L;
    static final int VERSION = 1;
    static final int FILE_HEAD_BYTES = 64;
    static final int RECORD_HEAD_BYTES = 24;
    static final int TRANSACTION_HEAD_BYTES = 16;
    static final int EFFECTS = 1;
    static final int TRANSACTION = 2;

    private static final int FILE_CRC_AT = 60;
    private static final int HEAD_CRC_AT = 20;

    private RecordFormat() {
    }

    /// What the first bytes of a file say.
    record FileHead(int shard, int shards, long generation, long salt) {
        ByteBuffer bytes() {
            ByteBuffer b = ByteBuffer.allocate(FILE_HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            b.putLong(MAGIC).putInt(VERSION).putInt(shard).putInt(shards).putInt(0).putLong(generation).putLong(salt);
            CRC32C crc = new CRC32C();
            crc.update(b.array(), 0, FILE_CRC_AT);
            b.putInt(FILE_CRC_AT, (int) crc.getValue());
            return b.position(0);
        }

        /// The head in the first bytes of `b`, or null when they are not one.
        static FileHead parse(ByteBuffer b) {
            ByteBuffer in = b.duplicate().order(ByteOrder.LITTLE_ENDIAN);
            if (in.remaining() < FILE_HEAD_BYTES || in.getLong(in.position()) != MAGIC) {
                return null;
            }
            CRC32C crc = new CRC32C();
            crc.update(in.duplicate().limit(in.position() + FILE_CRC_AT));
            int at = in.position();
            if (in.getInt(at + FILE_CRC_AT) != (int) crc.getValue() || in.getInt(at + 8) != VERSION) {
                return null;
            }
            return new FileHead(in.getInt(at + 12), in.getInt(at + 16), in.getLong(at + 24), in.getLong(at + 32));
        }
    }

    /// Writes the head of a record at the position of `out`, which is little endian and has an array or not.
    static void putHead(ByteBuffer out, int bodyBytes, int bodyCrc, long number, int kind, long salt) {
        int at = out.position();
        out.putInt(bodyBytes).putInt(bodyCrc).putLong(number).putInt(kind);
        out.putInt(headCrc(out, at, salt));
    }

    /// Whether the head at `at` belongs to this file and is whole.
    static boolean isHead(ByteBuffer in, int at, long salt) {
        return in.getInt(at + HEAD_CRC_AT) == headCrc(in, at, salt);
    }

    private static int headCrc(ByteBuffer bytes, int at, long salt) {
        CRC32C crc = new CRC32C();
        for (int shift = 0; shift < 64; shift += 8) {
            crc.update((int) (salt >>> shift));
        }
        crc.update(bytes.duplicate().limit(at + HEAD_CRC_AT).position(at));
        return (int) crc.getValue();
    }
}
