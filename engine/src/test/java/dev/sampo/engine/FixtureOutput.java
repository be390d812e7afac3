package dev.sampo.engine;

import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.Reply;
import dev.sampo.resp.ReplyReader;
import dev.sampo.resp.ReplyWriter;
import dev.sampo.resp.RespVersion;

/// Somewhere to write replies to.
public final class FixtureOutput implements AutoCloseable {
    public final OutputBuffer buffer = new OutputBuffer();
    public final ReplyWriter writer = new ReplyWriter().target(buffer, RespVersion.RESP2);

    /// The one reply that was written since the last call.
    public Reply reply() {
        Reply reply = ReplyReader.decode(buffer.toByteArray());
        buffer.clear();
        return reply;
    }

    @Override
    public void close() {
        buffer.release();
    }
}
