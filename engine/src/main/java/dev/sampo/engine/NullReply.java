package dev.sampo.engine;

import dev.sampo.resp.ReplyWriter;

/// What a blocking command answers when its time is over.
public enum NullReply {
    /// The null of a missing array.
    ARRAY,
    /// The null of a missing string.
    BULK;

    /// Writes it.
    public void write(ReplyWriter r) {
        if (this == ARRAY) {
            r.nullArray();
        } else {
            r.nullBulk();
        }
    }
}
