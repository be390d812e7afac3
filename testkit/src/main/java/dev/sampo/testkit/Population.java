package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/// Many keys of every type: their names of any bytes, some of them long, in several databases; values of every encoding, from an
/// intset to a tree; deadlines; streams with groups, consumers and pending entries. The same seed makes the same keys, and
/// [#compare(int, int)] says where two servers differ in them.
final class Population {
    private static final int TYPES = 8;
    private static final int BATCH = 100;
    private static final int DATABASES = 3;
    private static final long FAR_MILLIS = 4_102_444_800_000L;
    /// How a server builds its indexes, and what older ones do not know.
    private static final Set<String> OWN_FIELDS = Set.of("radix-tree-keys", "radix-tree-nodes", "active-time");

    private final long seed;
    private final int keys;

    Population(long seed, int keys) {
        this.seed = seed;
        this.keys = keys;
    }

    /// What [#compare(int, int)] found.
    ///
    /// @param encodings how many different encodings the first server named
    record Outcome(long compared, Set<String> encodings, List<String> differences) {
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private SplittableRandom random(int key) {
        return new SplittableRandom(seed * 1_000_003 + key);
    }

    private static int database(int key) {
        return key % 20 == 19 ? 1 + key / 20 % (DATABASES - 1) : 0;
    }

    private static int type(int key) {
        return key % TYPES;
    }

    /// No two are equal: each ends with its number.
    byte[] name(int key) {
        if (key == 0) {
            return new byte[0];
        }
        final SplittableRandom random = random(~key);
        final int length = random.nextInt(1_000) == 0 ? 20_000 : random.nextInt(50) == 0 ? 300 : random.nextInt(20);
        final byte[] number = ascii(":" + key);
        final byte[] name = Arrays.copyOf(bytes(random, length), length + number.length);
        System.arraycopy(number, 0, name, length, number.length);
        return name;
    }

    private static byte[] bytes(SplittableRandom random, int length) {
        final byte[] bytes = new byte[length];
        // Of few letters, so that it can be compressed, or of all.
        final int letters = random.nextInt(3) == 0 ? 3 : 256;
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) random.nextInt(letters);
        }
        return bytes;
    }

    private static byte[] element(SplittableRandom random) {
        return switch (random.nextInt(8)) {
            case 0 -> ascii(Long.toString(random.nextLong() >> random.nextInt(64)));
            case 1 -> bytes(random, random.nextInt(100));
            case 2 -> random.nextInt(200) == 0 ? bytes(random, 20_000) : new byte[0];
            default -> bytes(random, random.nextInt(20));
        };
    }

    private static int size(SplittableRandom random) {
        return switch (random.nextInt(200)) {
            case 0 -> 600 + random.nextInt(600);
            case 1, 2, 3, 4 -> 100 + random.nextInt(100);
            default -> 1 + random.nextInt(15);
        };
    }

    // ---------------------------------------------------------------- making

    /// The requests that make a key.
    private List<byte[][]> requests(int number) {
        final SplittableRandom random = random(number);
        final byte[] key = name(number);
        final List<byte[][]> requests = new ArrayList<>();
        switch (type(number)) {
            case 0 -> requests.add(request("SET", key, string(random)));
            case 1 -> collect(requests, random, "RPUSH", key, Population::element);
            case 2 -> collect(requests, random, "SADD", key, random.nextBoolean() ? Population::element : Population::integer);
            case 3 -> collect(requests, random, "ZADD", key, Population::score, Population::element);
            case 4 -> collect(requests, random, "HSET", key, Population::element, Population::element);
            case 5 -> stream(requests, random, key);
            case 6 -> {
                final boolean dense = random.nextInt(20) == 0;
                for (int i = dense ? 40 : 1 + random.nextInt(2); i > 0; i--) {
                    collect(requests, random, "PFADD", key, Population::element);
                }
            }
            default -> {
                for (int i = 1 + random.nextInt(4); i > 0; i--) {
                    requests.add(request("SETBIT", key, ascii(Integer.toString(random.nextInt(random.nextInt(100) == 0 ? 100_000 : 500))), ascii("1")));
                }
            }
        }
        if (random.nextInt(4) == 0) {
            requests.add(request("PEXPIREAT", key, ascii(Long.toString(FAR_MILLIS + number))));
        }
        return requests;
    }

    private static byte[][] request(String command, byte[]... rest) {
        final byte[][] request = new byte[1 + rest.length][];
        request[0] = ascii(command);
        System.arraycopy(rest, 0, request, 1, rest.length);
        return request;
    }

    private static byte[] string(SplittableRandom random) {
        return switch (random.nextInt(6)) {
            case 0 -> ascii(Long.toString(random.nextLong() >> random.nextInt(64)));
            case 1 -> bytes(random, random.nextInt(50) == 0 ? 200_000 : 2_000);
            case 2 -> bytes(random, 44 + random.nextInt(3));
            default -> bytes(random, random.nextInt(100));
        };
    }

    private static byte[] score(SplittableRandom random) {
        return ascii(switch (random.nextInt(6)) {
            case 0 -> "inf";
            case 1 -> "-inf";
            case 2 -> Double.toString((random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(40) - 20));
            default -> Integer.toString(random.nextInt(20));
        });
    }

    /// Of 16, 32 or 64 bits.
    private static byte[] integer(SplittableRandom random) {
        return ascii(Long.toString(random.nextLong() >> 16 + 16 * random.nextInt(3)));
    }

    @FunctionalInterface
    private interface Argument {
        byte[] of(SplittableRandom random);
    }

    private static void collect(List<byte[][]> requests, SplittableRandom random, String command, byte[] key, Argument... arguments) {
        int left = size(random);
        while (left > 0) {
            final int now = Math.min(left, 64);
            final byte[][] rest = new byte[1 + now * arguments.length][];
            rest[0] = key;
            for (int i = 1; i < rest.length; i++) {
                rest[i] = arguments[(i - 1) % arguments.length].of(random);
            }
            requests.add(request(command, rest));
            left -= now;
        }
    }

    /// Entries of equal and of other fields, some deleted; groups that have read different parts; consumers that have acknowledged some of it.
    private static void stream(List<byte[][]> requests, SplittableRandom random, byte[] key) {
        final int entries = size(random);
        for (int i = 1; i <= entries; i++) {
            final byte[] id = ascii(i + "-" + random.nextInt(9));
            requests.add(random.nextBoolean() ? request("XADD", key, id, ascii("same"), element(random), ascii("fields"), element(random))
                : request("XADD", key, id, element(random), element(random)));
        }
        for (int group = random.nextInt(3); group > 0; group--) {
            final byte[] name = ascii("group" + group);
            requests.add(request("XGROUP", ascii("CREATE"), key, name, ascii(random.nextInt(4) == 0 ? "$" : "0")));
            for (int consumer = random.nextInt(4); consumer > 0; consumer--) {
                final byte[] consumerName = ascii("consumer" + consumer);
                if (random.nextInt(4) == 0) {
                    requests.add(request("XGROUP", ascii("CREATECONSUMER"), key, name, consumerName));
                } else {
                    requests.add(request("XREADGROUP", ascii("GROUP"), name, consumerName, ascii("COUNT"),
                        ascii(Integer.toString(1 + random.nextInt(6))), ascii("STREAMS"), key, ascii(">")));
                }
            }
            requests.add(request("XCLAIM", key, name, ascii("claimer"), ascii("0"), ascii("1-" + random.nextInt(9)), ascii("RETRYCOUNT"),
                ascii("7"), ascii("TIME"), ascii(Long.toString(1_600_000_000_000L + random.nextInt(1_000_000)))));
            requests.add(request("XACK", key, name, ascii("2-" + random.nextInt(9)), ascii("3-" + random.nextInt(9))));
        }
        switch (random.nextInt(6)) {
            case 0 -> requests.add(request("XTRIM", key, ascii("MAXLEN"), ascii(Integer.toString(entries / 2))));
            case 1 -> {
                for (int i = 0; i < 9; i++) {
                    requests.add(request("XDEL", key, ascii("2-" + i), ascii(entries + "-" + i)));
                }
            }
            case 2 -> requests.add(request("XSETID", key, ascii(entries + 5 + "-1"), ascii("ENTRIESADDED"), ascii(Integer.toString(entries + 9)),
                ascii("MAXDELETEDID"), ascii("1-0")));
            default -> {
                // As it was added.
            }
        }
    }

    /// Makes all keys on a server.
    void make(int port) {
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS)) {
            for (int from = 0; from < keys; from += BATCH) {
                final List<byte[][]> batch = new ArrayList<>();
                int db = 0;
                for (int key = from; key < Math.min(keys, from + BATCH); key++) {
                    if (database(key) != db) {
                        db = database(key);
                        batch.add(request("SELECT", ascii(Integer.toString(db))));
                    }
                    batch.addAll(requests(key));
                }
                batch.add(request("SELECT", ascii("0")));
                for (Reply reply : pipeline(client, batch)) {
                    if (reply instanceof Reply.Failure failure) {
                        throw new IllegalStateException("keys from " + from + ": " + failure);
                    }
                }
            }
        }
    }

    private static List<Reply> pipeline(RespClient client, List<byte[][]> requests) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[][] request : requests) {
            RespClient.encode(bytes, request);
        }
        client.sendRaw(bytes.toByteArray());
        final List<Reply> replies = new ArrayList<>(requests.size());
        for (int i = 0; i < requests.size(); i++) {
            replies.add(client.read());
        }
        return replies;
    }

    // ---------------------------------------------------------------- comparing

    /// Compares every key on two servers: type, deadline, encoding and everything that is in it, and that there are no others.
    Outcome compare(int port, int otherPort) {
        final List<String> differences = new ArrayList<>();
        final Set<String> encodings = new TreeSet<>();
        long compared = 0;
        try (RespClient client = RespClient.connect(port, RespClient.TIMEOUT_MILLIS);
             RespClient other = RespClient.connect(otherPort, RespClient.TIMEOUT_MILLIS)) {
            for (int db = 0; db < DATABASES; db++) {
                final byte[][] select = request("SELECT", ascii(Integer.toString(db)));
                client.call(select);
                other.call(select);
                final List<Integer> members = new ArrayList<>();
                for (int key = 0; key < keys; key++) {
                    if (database(key) == db) {
                        members.add(key);
                    }
                }
                final Reply size = client.call("DBSIZE");
                if (!size.equals(new Reply.Int(members.size())) || !other.call("DBSIZE").equals(size)) {
                    differences.add("database " + db + " has " + size + " and " + other.call("DBSIZE") + " keys instead of " + members.size());
                }
                for (int from = 0; from < members.size(); from += BATCH) {
                    final List<Integer> batch = members.subList(from, Math.min(members.size(), from + BATCH));
                    final List<List<String>> facts = facts(client, batch, encodings);
                    final List<List<String>> others = facts(other, batch, null);
                    for (int i = 0; i < batch.size(); i++) {
                        compared++;
                        if (!facts.get(i).equals(others.get(i)) && differences.size() < 10) {
                            differences.add(difference(batch.get(i), facts.get(i), others.get(i)));
                        }
                    }
                }
            }
        }
        return new Outcome(compared, encodings, differences);
    }

    private String difference(int key, List<String> facts, List<String> others) {
        for (int i = 0; i < facts.size(); i++) {
            if (!Objects.equals(facts.get(i), others.get(i))) {
                final int at = Arrays.mismatch(facts.get(i).toCharArray(), others.get(i).toCharArray());
                return "key " + key + " " + Quoting.quote(name(key)) + ", fact " + i + ", from character " + at + ":\n    "
                    + around(facts.get(i), at) + "\n    " + around(others.get(i), at);
            }
        }
        return "key " + key;
    }

    private static String around(String text, int at) {
        return Quoting.quote(ascii(text.substring(Math.max(0, Math.min(at, text.length()) - 60), Math.min(text.length(), at + 100))));
    }

    /// Of each key: type, deadline, encoding, contents.
    private List<List<String>> facts(RespClient client, List<Integer> batch, Set<String> encodings) {
        final List<byte[][]> requests = new ArrayList<>();
        for (int key : batch) {
            final byte[] name = name(key);
            requests.add(request("TYPE", name));
            requests.add(request("PEXPIRETIME", name));
            requests.add(request("OBJECT", ascii("ENCODING"), name));
            requests.add(switch (type(key)) {
                case 1 -> request("LRANGE", name, ascii("0"), ascii("-1"));
                case 2 -> request("SMEMBERS", name);
                case 3 -> request("ZRANGE", name, ascii("0"), ascii("-1"), ascii("WITHSCORES"));
                case 4 -> request("HGETALL", name);
                case 5 -> request("XINFO", ascii("STREAM"), name, ascii("FULL"), ascii("COUNT"), ascii("0"));
                default -> request("GET", name);
            });
        }
        final List<Reply> replies = pipeline(client, requests);
        final List<List<String>> facts = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            final String encoding = text(replies.get(4 * i + 2));
            if (encodings != null) {
                encodings.add(text(replies.get(4 * i)) + encoding);
            }
            final Reply content = replies.get(4 * i + 3);
            facts.add(List.of(text(replies.get(4 * i)), text(replies.get(4 * i + 1)), sameEncoding(type(batch.get(i)), encoding),
                switch (type(batch.get(i))) {
                    case 2 -> sorted(content, 1);
                    case 3 -> scores(content);
                    case 4 -> sorted(content, 2);
                    default -> text(content);
                }));
        }
        return facts;
    }

    /// Versions name some encodings differently, and a string that was loaded was never appended to.
    private static String sameEncoding(int type, String encoding) {
        return switch (type) {
            case 1 -> "";
            case 2 -> encoding.replace("hashtable", "listpack");
            case 0, 6, 7 -> encoding.replace("embstr", "raw");
            default -> encoding;
        };
    }

    private static String text(Reply reply) {
        return switch (reply) {
            case Reply.Simple(String text) -> "+" + text;
            case Reply.Failure(String message) -> "-" + message;
            case Reply.Int(long value) -> ":" + value;
            case Reply.Bulk(byte[] bytes) -> "\"" + new String(bytes, StandardCharsets.ISO_8859_1) + "\"";
            case Reply.Array(List<Reply> elements) -> {
                final StringBuilder text = new StringBuilder("[");
                for (int i = 0; i < elements.size(); i++) {
                    if (elements.get(i) instanceof Reply.Bulk name && OWN_FIELDS.contains(name.text())) {
                        i++;
                    } else {
                        text.append(text(elements.get(i))).append(' ');
                    }
                }
                yield text.append(']').toString();
            }
            default -> reply.toString();
        };
    }

    /// Elements, or runs of elements, in an order of their own.
    private static String sorted(Reply reply, int run) {
        final List<Reply> elements = ReplyText.members(reply);
        if (elements == null) {
            return text(reply);
        }
        final List<String> texts = new ArrayList<>();
        for (int i = 0; i + run <= elements.size(); i += run) {
            texts.add(text(new Reply.Array(elements.subList(i, i + run))));
        }
        texts.sort(null);
        return texts.toString();
    }

    /// Members with their scores, which not every version prints with the same digits.
    private static String scores(Reply reply) {
        final List<Reply> elements = ReplyText.members(reply);
        if (elements == null) {
            return text(reply);
        }
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i + 1 < elements.size(); i += 2) {
            final String score = ((Reply.Bulk) elements.get(i + 1)).text();
            text.append(text(elements.get(i))).append(' ')
                .append(score.endsWith("inf") ? score : Double.toString(Double.parseDouble(score))).append(' ');
        }
        return text.toString();
    }
}
