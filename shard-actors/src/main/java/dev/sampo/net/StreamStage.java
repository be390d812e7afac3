package dev.sampo.net;

import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;

/// The stream's end of one connection: turns what flows into events for the core's thread, and that thread's calls into flow.
///
/// Input is asked for only while the socket's window is open. The core has at most one send under way, so that one place for it
/// is enough; the stream's next demand after a push says that the bytes have been written.
final class StreamStage extends GraphStage<FlowShape<ByteString, ByteString>> {
    private final Inlet<ByteString> in = Inlet.create("StreamStage.in");
    private final Outlet<ByteString> out = Outlet.create("StreamStage.out");
    private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);
    private final StreamSocket socket;

    StreamStage(StreamSocket socket) {
        this.socket = socket;
    }

    @Override
    public FlowShape<ByteString, ByteString> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes inheritedAttributes) {
        return new Logic();
    }

    /// Ends a stream whose socket the core has closed.
    private static final class Cut extends RuntimeException {
        private static final long serialVersionUID = 1;
        private static final Cut INSTANCE = new Cut();

        private Cut() {
            super("closed by the server", null, false, false);
        }
    }

    private final class Logic extends GraphStageLogic {
        private ByteString waiting;
        private boolean written;

        Logic() {
            super(shape);
            socket.callbacks(createAsyncCallback(this::send), createAsyncCallback(_ -> resume()),
                createAsyncCallback(_ -> failStage(Cut.INSTANCE)));
            setHandler(in, new AbstractInHandler() {
                @Override
                public void onPush() {
                    received(grab(in).toArrayUnsafe());
                }

                /// The client may still read: the output stays open.
                @Override
                public void onUpstreamFinish() {
                    tell(socket.ended);
                }
            });
            setHandler(out, new AbstractOutHandler() {
                @Override
                public void onPull() {
                    demanded();
                }
            });
        }

        @Override
        public void preStart() {
            if (tell(socket.opened)) {
                pull(in);
            } else {
                failStage(Cut.INSTANCE);
            }
        }

        @Override
        public void postStop() {
            tell(socket.closed);
        }

        private boolean tell(StreamEvent event) {
            return socket.transport.tell(event);
        }

        private void received(byte[] bytes) {
            boolean more = socket.produced(bytes.length);
            tell(new StreamEvent.Received(socket, bytes));
            if (more) {
                pull(in);
            }
        }

        private void resume() {
            if (socket.mayRead() && !isClosed(in) && !hasBeenPulled(in)) {
                pull(in);
            }
        }

        private void send(ByteString bytes) {
            if (isAvailable(out)) {
                write(bytes);
            } else {
                waiting = bytes;
            }
        }

        private void demanded() {
            if (written) {
                written = false;
                tell(socket.sent);
            }
            if (waiting != null) {
                ByteString bytes = waiting;
                waiting = null;
                write(bytes);
            }
        }

        private void write(ByteString bytes) {
            written = true;
            push(out, bytes);
        }
    }
}
