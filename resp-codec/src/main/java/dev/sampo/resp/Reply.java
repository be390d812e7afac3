package dev.sampo.resp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// A decoded reply. All kinds are values: equal when their contents are.
public sealed interface Reply {
    /// `+text`.
    record Simple(String text) implements Reply {
    }

    /// `-message` or a RESP3 bulk error; the message begins with its prefix, as "ERR".
    record Failure(String message) implements Reply {
    }

    /// `:value`.
    record Int(long value) implements Reply {
    }

    /// A string of any bytes.
    record Bulk(byte[] bytes) implements Reply {
        /// The bytes decoded as UTF-8.
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Bulk bulk && Arrays.equals(bytes, bulk.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return "Bulk[" + text() + "]";
        }
    }

    /// The null of either version: `$-1`, `*-1` or `_`.
    record Null() implements Reply {
    }

    record Array(List<Reply> elements) implements Reply {
    }

    /// The pairs of a map in the order they came, duplicates included.
    record MapReply(List<Pair> pairs) implements Reply {
    }

    /// The members of a set in the order they came.
    record SetReply(List<Reply> elements) implements Reply {
    }

    /// A message that answers no request.
    record Push(List<Reply> elements) implements Reply {
    }

    record Dbl(double value) implements Reply {
    }

    record Bool(boolean value) implements Reply {
    }

    /// An integer of any size, as its digits.
    record BigNumber(String digits) implements Reply {
    }

    /// Text in a format of three letters.
    record Verbatim(String extension, String text) implements Reply {
    }

    /// A reply with the attributes that preceded it.
    record Attribute(List<Pair> pairs, Reply reply) implements Reply {
    }

    /// One entry of a map or of attributes.
    record Pair(Reply key, Reply value) {
    }
}
