package dev.sampo.engine.rdb;

import dev.sampo.resp.OffHeap;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Serialised forms, made by hand from their descriptions.
public final class Forms {
    private Forms() {
    }

    public static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    public static byte[] concat(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    public static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    public static byte[] little(int width, long value) {
        byte[] all = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
        return Arrays.copyOf(all, width);
    }

    public static byte[] big(int width, long value) {
        byte[] all = ByteBuffer.allocate(8).putLong(value).array();
        return Arrays.copyOfRange(all, 8 - width, 8);
    }

    public static byte[] length(long length) {
        if (length < 64) {
            return bytes((int) length);
        }
        return length < 16384 ? bytes((int) (0x40 | length >> 8), (int) length) : concat(bytes(0x80), big(4, length));
    }

    public static byte[] string(byte[] bytes) {
        return concat(length(bytes.length), bytes);
    }

    public static byte[] string(String latin1) {
        return string(latin1(latin1));
    }

    public static byte[] strings(String... texts) {
        byte[] all = {};
        for (String text : texts) {
            all = concat(all, string(text));
        }
        return all;
    }

    /// A payload as DUMP gives it, with the right footer.
    public static byte[] payload(int version, byte[]... parts) {
        byte[] body = concat(concat(parts), little(2, version));
        return concat(body, little(8, crc(body)));
    }

    public static long crc(byte[] bytes) {
        long address = OffHeap.allocate(bytes.length);
        OffHeap.copyFrom(bytes, 0, address, bytes.length);
        long crc = Crc64.update(0, address, bytes.length);
        OffHeap.free(address, bytes.length);
        return crc;
    }

    /// Bytes as a word that [dev.sampo.engine.EngineFixture#words(String)] reads.
    public static String quoted(byte[] bytes) {
        var text = new StringBuilder("\"");
        for (byte each : bytes) {
            text.append(String.format("\\x%02x", each & 0xFF));
        }
        return text.append('"').toString();
    }

    /// A ziplist of texts, those that are integers as such.
    public static byte[] ziplist(String... elements) {
        byte[] entries = {};
        int previous = 0;
        int tail = 10;
        for (String element : elements) {
            byte[] entry = concat(previous < 254 ? bytes(previous) : concat(bytes(254), little(4, previous)), ziplistData(element));
            tail = 10 + entries.length;
            entries = concat(entries, entry);
            previous = entry.length;
        }
        return concat(little(4, 11 + entries.length), little(4, tail), little(2, elements.length), entries, bytes(0xFF));
    }

    private static byte[] ziplistData(String element) {
        if (element.matches("0|-?[1-9][0-9]{0,17}")) {
            long value = Long.parseLong(element);
            if (value >= 0 && value <= 12) {
                return bytes(0xF1 + (int) value);
            }
            if (value == (byte) value) {
                return concat(bytes(0xFE), little(1, value));
            }
            if (value == (short) value) {
                return concat(bytes(0xC0), little(2, value));
            }
            if (value >= -(1 << 23) && value < 1 << 23) {
                return concat(bytes(0xF0), little(3, value));
            }
            return value == (int) value ? concat(bytes(0xD0), little(4, value)) : concat(bytes(0xE0), little(8, value));
        }
        byte[] text = latin1(element);
        if (text.length < 64) {
            return concat(bytes(text.length), text);
        }
        return concat(text.length < 16384 ? bytes(0x40 | text.length >> 8, text.length) : concat(bytes(0x80), big(4, text.length)),
            text);
    }

    /// A zipmap of fields and values, each value with a spare byte behind it.
    public static byte[] zipmap(String... elements) {
        byte[] all = bytes(elements.length / 2);
        for (int i = 0; i < elements.length; i++) {
            byte[] text = latin1(elements[i]);
            byte[] size = text.length < 254 ? bytes(text.length) : concat(bytes(254), little(4, text.length));
            all = i % 2 == 0 ? concat(all, size, text) : concat(all, size, bytes(1), text, bytes('?'));
        }
        return concat(all, bytes(0xFF));
    }

    public static byte[] intset(int width, long... values) {
        byte[] all = concat(little(4, width), little(4, values.length));
        for (long value : values) {
            all = concat(all, little(width, value));
        }
        return all;
    }

    /// A listpack of short texts and integers up to 12 bits.
    public static byte[] listpack(String... elements) {
        byte[] entries = {};
        for (String element : elements) {
            byte[] data;
            if (element.matches("0|-?[1-9][0-9]{0,17}")) {
                long value = Long.parseLong(element);
                data = value >= 0 && value < 128 ? bytes((int) value)
                    : value >= -4096 && value < 4096 ? bytes(0xC0 | (int) value >> 8 & 0x1F, (int) value)
                    : concat(bytes(0xF4), little(8, value));
            } else {
                byte[] text = latin1(element);
                data = text.length < 64 ? concat(bytes(0x80 | text.length), text)
                    : concat(bytes(0xE0 | text.length >> 8, text.length), text);
            }
            entries = concat(entries, data, data.length < 128 ? bytes(data.length) : bytes(data.length >> 7, data.length & 0x7F | 0x80));
        }
        return concat(little(4, 7 + entries.length), little(2, elements.length), entries, bytes(0xFF));
    }
}
