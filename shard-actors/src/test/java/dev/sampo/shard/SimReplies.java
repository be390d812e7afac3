package dev.sampo.shard;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The bytes a simulated client has received, cut into replies.
final class SimReplies {
    private byte[] bytes = new byte[256];
    private int from;
    private int to;

    void add(byte[] more) {
        if (to + more.length > bytes.length) {
            bytes = Arrays.copyOfRange(bytes, from, from + Math.max(to - from + more.length, (to - from) * 2));
            to -= from;
            from = 0;
        }
        System.arraycopy(more, 0, bytes, to, more.length);
        to += more.length;
    }

    boolean isEmpty() {
        return from == to;
    }

    /// The next whole reply, or null.
    byte[] next() {
        int end = end(bytes, from, to);
        if (end < 0) {
            return null;
        }
        byte[] reply = Arrays.copyOfRange(bytes, from, end);
        from = end;
        return reply;
    }

    /// The elements of an aggregate, each with its own bytes; null if it is no aggregate.
    static List<byte[]> elements(byte[] reply) {
        if (reply[0] != '*' && reply[0] != '>' && reply[0] != '%' && reply[0] != '~') {
            return null;
        }
        List<byte[]> elements = new ArrayList<>();
        int at = line(reply, 0, reply.length);
        while (at < reply.length) {
            int end = end(reply, at, reply.length);
            if (end < 0) {
                throw new SimFailure("malformed reply " + SimRequest.text(reply));
            }
            elements.add(Arrays.copyOfRange(reply, at, end));
            at = end;
        }
        return elements;
    }

    /// The content of a bulk string, simple string or number; null for nil.
    static String content(byte[] reply) {
        if (reply[0] == '_' || reply[1] == '-' && reply[0] != ':') {
            return null;
        }
        int start = line(reply, 0, reply.length);
        return reply[0] == '$' ? text(reply, start, reply.length - 2) : text(reply, 1, start - 2);
    }

    private static String text(byte[] b, int at, int end) {
        return new String(b, at, end - at, StandardCharsets.ISO_8859_1);
    }

    /// Where the value that starts at `at` ends, or -1 if it is not whole.
    private static int end(byte[] b, int at, int limit) {
        int body = at < limit ? line(b, at, limit) : -1;
        if (body < 0) {
            return -1;
        }
        switch (b[at]) {
            case '+', '-', ':', '_', '#', ',', '(' -> {
                return body;
            }
            case '$', '=', '!' -> {
                int length = number(b, at + 1);
                int end = length < 0 ? body : body + length + 2;
                return end <= limit ? end : -1;
            }
            case '*', '>', '~', '%' -> {
                int count = number(b, at + 1) * (b[at] == '%' ? 2 : 1);
                int end = body;
                for (int i = 0; i < count && end >= 0; i++) {
                    end = end(b, end, limit);
                }
                return end;
            }
            default -> throw new SimFailure("this is no reply: " + text(b, at, Math.min(at + 80, limit)));
        }
    }

    /// Where the line that starts at `at` ends, its end included, or -1.
    private static int line(byte[] b, int at, int limit) {
        for (int i = at; i + 1 < limit; i++) {
            if (b[i] == '\r' && b[i + 1] == '\n') {
                return i + 2;
            }
        }
        return -1;
    }

    private static int number(byte[] b, int at) {
        int sign = b[at] == '-' ? -1 : 1;
        int value = 0;
        for (int i = sign < 0 ? at + 1 : at; b[i] != '\r'; i++) {
            value = value * 10 + b[i] - '0';
        }
        return sign * value;
    }
}
