package dev.sampo.embedded;

import dev.sampo.resp.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// One database of a [SampoStore]. Immutable; safe for use by several threads.
///
/// Texts are UTF-8. The methods with a type throw [SampoException] when the command answers with an error.
public final class SampoDatabase {
    private final SampoStore store;
    private final int number;

    SampoDatabase(SampoStore store, int number) {
        this.store = store;
        this.number = number;
    }

    /// Runs any command that the store knows.
    ///
    /// @param arguments the command's name and its arguments
    /// @return the reply in the types of RESP3; an error is a [Reply.Failure]
    public Reply call(byte[]... arguments) {
        return store.call(number, arguments);
    }

    /// As [#call(byte[]...)].
    public Reply call(String... arguments) {
        return call(utf8(arguments));
    }

    /// GET: the value of a key, or null. https://redis.io/commands/get
    public String get(String key) {
        return switch (checked(call("GET", key))) {
            case Reply.Bulk bulk -> bulk.text();
            case Reply.Null _ -> null;
            case Reply other -> throw unexpected(other);
        };
    }

    /// SET: gives a key a value for ever. https://redis.io/commands/set
    public void set(String key, String value) {
        checked(call("SET", key, value));
    }

    /// SET with PX: gives a key a value for a time. https://redis.io/commands/set
    ///
    /// @param life at least a millisecond
    public void set(String key, String value, Duration life) {
        checked(call("SET", key, value, "PX", Long.toString(life.toMillis())));
    }

    /// DEL: removes a key; whether there was one. https://redis.io/commands/del
    public boolean delete(String key) {
        return number(call("DEL", key)) == 1;
    }

    /// INCR: adds one to the number of a key, 0 where there is none; the sum. https://redis.io/commands/incr
    public long increment(String key) {
        return number(call("INCR", key));
    }

    /// DBSIZE: number of keys. https://redis.io/commands/dbsize
    public long size() {
        return number(call("DBSIZE"));
    }

    private static long number(Reply reply) {
        if (checked(reply) instanceof Reply.Int number) {
            return number.value();
        }
        throw unexpected(reply);
    }

    private static Reply checked(Reply reply) {
        if (reply instanceof Reply.Failure failure) {
            throw new SampoException(failure.message());
        }
        return reply;
    }

    private static IllegalStateException unexpected(Reply reply) {
        return new IllegalStateException("unexpected reply " + reply);
    }

    static byte[][] utf8(String... texts) {
        final byte[][] bytes = new byte[texts.length][];
        for (int i = 0; i < texts.length; i++) {
            bytes[i] = texts[i].getBytes(StandardCharsets.UTF_8);
        }
        return bytes;
    }
}
