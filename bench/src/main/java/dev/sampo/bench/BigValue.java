package dev.sampo.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;

/// A value of very many elements: how it is filled, and what is asked of it.
///
/// Element `i` is `element:` and `i` in nine digits, with the value or score `i`; in a stream the ID `i + 1`.
enum BigValue {
    LIST("RPUSH", 500, i -> new String[] {name(i)}, """
        LPUSH big x
        RPUSH big x
        LPOP big
        RPOP big
        LPOP big 1000
        LLEN big
        LINDEX big {half}
        LSET big {half} x
        LRANGE big {half} +100
        LMOVE big big LEFT RIGHT
        LMPOP 1 big RIGHT COUNT 100
        LINSERT big BEFORE element:000001100 x
        LINSERT big BEFORE missing x
        LPOS big missing
        LREM big 1 element:000001200
        LREM big 0 missing
        SORT big BY nosort LIMIT 0 100
        MEMORY USAGE big
        OBJECT ENCODING big
        RENAME big other
        RENAME other big
        EXPIRE big 10000
        PERSIST big
        COPY big victim REPLACE
        LTRIM victim 1000 -1000
        COPY big victim REPLACE; LTRIM victim {half} -1
        COPY big victim REPLACE; LTRIM victim 0 {half}
        COPY big victim REPLACE; LPOP victim {half}
        DEL victim"""),
    HASH("HSET", 250, i -> new String[] {name(i), Long.toString(i)}, """
        HSET big new x
        HSET big element:000001000 x
        HSETNX big new x
        HGET big element:000001000
        HMGET big element:000001000 element:000005000 element:000009000 missing
        HDEL big element:000002000
        HEXISTS big element:000002000
        HINCRBY big element:000003000 1
        HINCRBYFLOAT big element:000003000 1.5
        HLEN big
        HSTRLEN big element:000003000
        HRANDFIELD big 100 WITHVALUES
        HRANDFIELD big -100
        HSCAN big 0 COUNT 1000
        HEXPIRE big 1000 FIELDS 1 element:000004000
        HTTL big FIELDS 1 element:000004000
        HPERSIST big FIELDS 1 element:000004000
        HGETDEL big FIELDS 1 element:000004000
        MEMORY USAGE big
        OBJECT ENCODING big
        RENAME big other
        RENAME other big
        COPY big victim REPLACE
        DEL victim"""),
    SET("SADD", 500, i -> new String[] {name(i)}, """
        SADD small element:000000100 element:000000200 x y
        SADD big new
        SREM big new
        SISMEMBER big element:000001000
        SMISMEMBER big element:000001000 missing
        SCARD big
        SPOP big
        SPOP big 1000
        SRANDMEMBER big
        SRANDMEMBER big 1000
        SRANDMEMBER big -1000
        SSCAN big 0 COUNT 1000
        SMOVE big small element:000005000
        SINTER big small
        SINTERCARD 2 big small LIMIT 1
        SINTERSTORE target big small
        SDIFF small big
        SUNION small small
        SUNIONSTORE victim big small
        SDIFFSTORE victim big small
        SORT big BY nosort LIMIT 0 100
        MEMORY USAGE big
        RENAME big other
        RENAME other big
        COPY big victim REPLACE
        SPOP victim {half}
        DEL victim"""),
    ZSET("ZADD", 250, i -> new String[] {Long.toString(i), name(i)}, """
        ZADD small 1 element:000000100 2 element:000000200 3 x
        ZADD big 5 new
        ZADD big 7000000 element:000001000
        ZINCRBY big 1 element:000001000
        ZREM big element:000001000
        ZSCORE big element:000001001
        ZMSCORE big element:000001001 missing
        ZRANK big element:000500000
        ZREVRANK big element:000500000 WITHSCORE
        ZCARD big
        ZCOUNT big 1000 +inf
        ZRANGE big {half} +100
        ZRANGE big 500000 500100 REV
        ZRANGEBYSCORE big 500000 +inf LIMIT 0 100
        ZRANGEBYSCORE big 1000 +inf LIMIT 5000 100
        ZPOPMIN big
        ZPOPMAX big 1000
        ZMPOP 1 big MIN COUNT 100
        ZRANDMEMBER big 1000
        ZSCAN big 0 COUNT 1000
        ZRANGESTORE target big {half} +1000
        ZINTER 2 big small
        ZINTERCARD 2 big small LIMIT 1
        ZINTERSTORE target 2 big small
        ZDIFF 2 small big
        ZUNIONSTORE victim 2 big small
        GEOADD geo 13 38 Palermo
        MEMORY USAGE big
        RENAME big other
        RENAME other big
        COPY big victim REPLACE
        ZREMRANGEBYRANK victim 0 {half}
        COPY big victim REPLACE; ZREMRANGEBYSCORE victim {half} +inf
        COPY big victim REPLACE; ZPOPMIN victim {half}
        ZREMRANGEBYRANK victim 0 1000
        DEL victim"""),
    STREAM("XADD", 1, i -> new String[] {(i + 1) + "-0", "name", name(i), "value", Long.toString(i)}, """
        XADD big * a b
        XADD big MAXLEN ~ {n} * a b
        XLEN big
        XRANGE big {half}-0 + COUNT 100
        XREVRANGE big {half}-0 - COUNT 100
        XREAD COUNT 100 STREAMS big {half}-0
        XDEL big 1000-0
        XINFO STREAM big
        XINFO STREAM big FULL COUNT 10
        XGROUP CREATE big g 0
        XREADGROUP GROUP g me COUNT 100 STREAMS big >
        XREADGROUP GROUP g me COUNT 1000000 STREAMS big >
        XACK big g 5-0
        XPENDING big g
        XPENDING big g - + 100
        XPENDING big g IDLE 100000 - + 100
        XCLAIM big g you 0 7-0
        XAUTOCLAIM big g you 0 0 COUNT 100
        XAUTOCLAIM big g you 100000 0 COUNT 100
        XINFO CONSUMERS big g
        XGROUP DELCONSUMER big g me
        XREADGROUP GROUP g me COUNT 1000000 STREAMS big >
        XGROUP DESTROY big g
        XSETID big 99999999999999-0
        MEMORY USAGE big
        RENAME big other
        RENAME other big
        COPY big victim REPLACE
        XTRIM victim MAXLEN ~ {half}
        COPY big victim REPLACE; XTRIM victim MAXLEN = {half}
        COPY big victim REPLACE; XTRIM victim MINID {half}
        DEL victim""");

    private static final int BUFFER_BYTES = 1 << 20;
    private static final int EXPIRED_AT_ONCE = 500;
    /// Until the fields begin to expire all must have been told.
    private static final long EXPIRY_MILLIS = 40_000;

    private final String command;
    private final int perRequest;
    private final LongFunction<String[]> words;
    private final String commands;

    BigValue(String command, int perRequest, LongFunction<String[]> words, String commands) {
        this.command = command;
        this.perRequest = perRequest;
        this.words = words;
        this.commands = commands;
    }

    static BigValue of(String type) {
        return valueOf(type.toUpperCase(Locale.ROOT));
    }

    /// As in Redis's TYPE.
    String type() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static String name(long i) {
        String digits = Long.toString(i);
        return "element:" + "000000000".substring(Math.min(9, digits.length())) + digits;
    }

    /// What is asked of a value of so many elements, one line each; see [TurnTimes].
    List<String> commands(long elements) {
        List<String> lines = new ArrayList<>();
        for (String line : commands.split("\n")) {
            // `{half} +100` is the range of 100 elements from the middle on.
            int plus = line.indexOf("{half} +");
            if (plus >= 0 && Character.isDigit(line.charAt(line.length() - 1)) && !line.contains("COUNT")) {
                String span = line.substring(plus + "{half} +".length());
                lines.add(line.substring(0, plus) + "{half} " + (elements / 2 + Long.parseLong(span)));
            } else {
                lines.add(line);
            }
        }
        return lines;
    }

    /// Fills a key.
    void load(InetSocketAddress address, String key, long elements) throws IOException {
        send(address, elements, perRequest, (from, to) -> {
            List<String> request = new ArrayList<>(List.of(command, key));
            for (long i = from; i < to; i++) {
                request.addAll(List.of(words.apply(i)));
            }
            return request;
        });
    }

    /// Gives all fields of a hash one deadline, and returns when that is near.
    void expireFields(InetSocketAddress address, String key, long elements) throws IOException {
        String at = Long.toString(System.currentTimeMillis() + EXPIRY_MILLIS);
        send(address, elements, EXPIRED_AT_ONCE, (from, to) -> {
            List<String> request = new ArrayList<>(List.of("HPEXPIREAT", key, at, "FIELDS", Long.toString(to - from)));
            for (long i = from; i < to; i++) {
                request.add(name(i));
            }
            return request;
        });
        long left = Long.parseLong(at) - System.currentTimeMillis();
        if (left < 0) {
            throw new IOException("giving all fields a deadline took longer than " + EXPIRY_MILLIS + " ms");
        }
        try {
            Thread.sleep(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// A request for the elements of a range.
    @FunctionalInterface
    private interface Request {
        List<String> of(long from, long to);
    }

    private static void send(InetSocketAddress address, long elements, int perRequest, Request request) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(address, 1000);
            Thread writer = Thread.ofPlatform().start(() -> write(socket, elements, perRequest, request));
            InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            for (long left = (elements + perRequest - 1) / perRequest; left > 0; left--) {
                skipReply(in);
            }
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static void write(Socket socket, long elements, int perRequest, Request request) {
        try {
            OutputStream out = socket.getOutputStream();
            StringBuilder text = new StringBuilder(2 * BUFFER_BYTES);
            for (long from = 0; from < elements; from += perRequest) {
                List<String> words = request.of(from, Math.min(elements, from + perRequest));
                text.append('*').append(words.size()).append("\r\n");
                for (String word : words) {
                    text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
                }
                if (text.length() >= BUFFER_BYTES || from + perRequest >= elements) {
                    out.write(text.toString().getBytes(StandardCharsets.ISO_8859_1));
                    text.setLength(0);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("the server closed the connection while a value was loaded", e);
        }
    }

    /// Passes a number, a string or a flat array of numbers.
    private static void skipReply(InputStream in) throws IOException {
        String line = line(in);
        switch (line.charAt(0)) {
            case ':', '+' -> { }
            case '$' -> in.skipNBytes(Integer.parseInt(line.substring(1)) + 2);
            case '*' -> {
                for (int left = Integer.parseInt(line.substring(1)); left > 0; left--) {
                    skipReply(in);
                }
            }
            default -> throw new IOException("while a value was loaded the server answered: " + line);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\r'; b = in.read()) {
            if (b < 0) {
                throw new IOException("the server closed the connection while a value was loaded");
            }
            line.append((char) b);
        }
        in.skipNBytes(1);
        return line.toString();
    }
}
