package dev.sampo.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/// A buffered stream that remembers what a reply looked like on the wire, which the decoded value no longer tells: all its
/// bytes, and whether an absent value came as `$-1`, `*-1` or `_`.
///
/// It relies on how [dev.sampo.resp.ReplyReader] reads: header lines byte by byte, bodies of strings in blocks.
final class WireStream extends InputStream {
    private static final int HEADER_KEPT = 4;

    private final InputStream source;
    private final byte[] buffer = new byte[64 << 10];
    private int position;
    private int limit;

    private final ByteArrayOutputStream wire = new ByteArrayOutputStream(256);
    private final StringBuilder nulls = new StringBuilder();
    private final StringBuilder header = new StringBuilder();

    WireStream(InputStream source) {
        this.source = source;
    }

    /// Forgets what was read so far: the next reply begins here.
    void begin() {
        wire.reset();
        nulls.setLength(0);
        header.setLength(0);
    }

    /// All bytes read since [#begin].
    byte[] wire() {
        return wire.toByteArray();
    }

    /// One of `$`, `*` and `_` for each absent value since [#begin], in order.
    String nulls() {
        return nulls.toString();
    }

    @Override
    public int available() throws IOException {
        return limit - position + source.available();
    }

    @Override
    public int read() throws IOException {
        if (!fill()) {
            return -1;
        }
        final int b = buffer[position++] & 0xff;
        wire.write(b);
        if (b == '\n') {
            endOfHeader();
        } else if (b != '\r' && header.length() < HEADER_KEPT) {
            header.append((char) b);
        }
        return b;
    }

    private void endOfHeader() {
        switch (header.toString()) {
            case "$-1" -> nulls.append('$');
            case "*-1" -> nulls.append('*');
            case "_" -> nulls.append('_');
            default -> { }
        }
        header.setLength(0);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        final int part = Math.min(length, limit - position);
        System.arraycopy(buffer, position, into, offset, part);
        wire.write(buffer, position, part);
        position += part;
        return part;
    }

    private boolean fill() throws IOException {
        if (position == limit) {
            position = 0;
            limit = Math.max(0, source.read(buffer));
        }
        return position < limit;
    }
}
