package dev.sampo.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection between its stream and its core: the core's notes on it, the window both count in, and the core's calls into
/// the stream.
///
/// # The window
/// `unread` counts the bytes on their way from the stream to the core. The stream asks for more only while there are at most
/// [#WINDOW] of them. Of two parties that count in one number exactly one sees it cross the limit downwards: whoever does,
/// asks. A pause is a very large number of unread bytes.
final class StreamSocket {
    private static final Logger LOG = LoggerFactory.getLogger(StreamSocket.class);

    /// Unread bytes above which the stream does not read on. What one read brings comes on top.
    static final int WINDOW = 64 << 10;
    private static final int PAUSE = 1 << 30;

    final StreamTransport transport;
    final SocketChannel channel;
    final String remoteAddress;
    final String localAddress;
    final StreamEvent opened = new StreamEvent.Opened(this);
    final StreamEvent ended = new StreamEvent.Ended(this);
    final StreamEvent sent = new StreamEvent.Sent(this);
    final StreamEvent closed = new StreamEvent.Closed(this);

    // ---- owned by the core's thread ----

    /// Null before it is accepted, after it is closed, and when it is refused.
    Connection connection;
    /// Bytes given to the stream and not yet reported as sent, 0 = none.
    int sending;
    boolean paused;
    /// To be closed when the output has left; nothing more is read.
    boolean closing;
    /// The socket is closed, its stream told so.
    boolean cut;

    // ---- between the stream and the core ----

    private final AtomicInteger unread = new AtomicInteger();
    /// Set before the stream starts; its first event publishes them.
    private AsyncCallback<ByteString> onSend;
    private AsyncCallback<StreamSocket> onResume;
    private AsyncCallback<StreamSocket> onCut;

    StreamSocket(StreamTransport transport, SocketChannel channel, InetSocketAddress remote, InetSocketAddress local) {
        this.transport = transport;
        this.channel = channel;
        this.remoteAddress = text(remote);
        this.localAddress = text(local);
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    // ---- the stream's side ----

    void callbacks(AsyncCallback<ByteString> send, AsyncCallback<StreamSocket> resume, AsyncCallback<StreamSocket> cutter) {
        onSend = send;
        onResume = resume;
        onCut = cutter;
    }

    /// Counts bytes for the core; whether the stream may read on.
    boolean produced(int bytes) {
        return unread.addAndGet(bytes) <= WINDOW;
    }

    boolean mayRead() {
        return unread.get() <= WINDOW;
    }

    // ---- the core's side ----

    /// The core has taken `bytes`.
    void consumed(int bytes) {
        int before = unread.getAndAdd(-bytes);
        if (before > WINDOW && before - bytes <= WINDOW) {
            onResume.invoke(this);
        }
    }

    void pause() {
        if (!paused) {
            paused = true;
            unread.getAndAdd(PAUSE);
        }
    }

    void resume() {
        if (paused) {
            paused = false;
            consumed(PAUSE);
        }
    }

    /// Gives bytes to the stream, which owns the array from now on.
    void send(byte[] bytes) {
        assert sending == 0;
        sending = bytes.length;
        onSend.invoke(ByteString.fromArrayUnsafe(bytes));
    }

    /// Closes the socket behind the stream's back and then ends the stream. What the kernel has taken is still delivered,
    /// followed by the end of the stream; an abort by the stream alone would reset the connection and take that away from the
    /// client.
    void cut() {
        if (!cut) {
            cut = true;
            closing = true;
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("closing the connection of {} failed", remoteAddress, e);
            }
            onCut.invoke(this);
        }
    }
}
