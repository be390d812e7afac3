package dev.sampo.engine.command;

import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;

/// Replies of `SRANDMEMBER`, `HRANDFIELD` and `ZRANDMEMBER` with a negative count: as many elements as the client asks for, however
/// few there are. Redis tries to build a reply of any size, until the system kills it; here a count and a size are the most.
final class RepeatedChoice {
    /// More elements than this are refused before any is chosen.
    static final long COUNT_MAX = 1L << 24;
    private static final long BYTES_MAX = 512L << 20;
    private static final int CHECK_EVERY = 1024;
    private static final byte[] TOO_MANY = Errors.error("ERR value is out of range, at most " + COUNT_MAX + " elements and "
        + BYTES_MAX + " bytes are returned");

    private RepeatedChoice() {
    }

    /// Writes one random element.
    interface Step {
        void reply();
    }

    /// Replies `count` random elements, or an error if they are too many.
    ///
    /// @param perElement array elements of the reply for each
    static void reply(long count, int perElement, ReplyWriter r, Step step) {
        if (count > COUNT_MAX) {
            r.simple(TOO_MANY);
            return;
        }
        OutputBuffer out = r.target();
        long start = out.size();
        r.array(count * perElement);
        for (long i = 0; i < count; i++) {
            step.reply();
            if (i % CHECK_EVERY == 0 && out.size() - start > BYTES_MAX) {
                out.truncate(start);
                r.simple(TOO_MANY);
                return;
            }
        }
    }
}
