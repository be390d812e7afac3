package dev.sampo.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sampo.resp.ReplyReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/// A bad server: passes requests on to a good one, but each MSET as single SETs.
final class TearingRelay implements ServerUnderTest {
    private final ServerSocket listener;
    private final int target;

    TearingRelay(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
        try {
            while (true) {
                final Socket client = listener.accept();
                client.setTcpNoDelay(true);
                Thread.ofPlatform().daemon().start(() -> serve(client));
            }
        } catch (IOException _) {
            // Closed.
        }
    }

    private void serve(Socket client) {
        try (client; RespClient server = RespClient.connect(target, RespClient.TIMEOUT_MILLIS)) {
            final InputStream in = new BufferedInputStream(client.getInputStream());
            final OutputStream out = client.getOutputStream();
            // A request is an array of bulk strings: the shape of a reply.
            final ReplyReader requests = new ReplyReader(in);
            while (true) {
                final List<byte[]> args = new ArrayList<>();
                ReplyText.members(requests.read()).forEach(arg -> args.add(((dev.sampo.resp.Reply.Bulk) arg).bytes()));
                if (!"MSET".equals(new String(args.getFirst(), US_ASCII))) {
                    out.write(server.send(args.toArray(byte[][]::new)).receive().wire());
                    continue;
                }
                byte[] wire = {};
                for (int i = 1; i + 1 < args.size(); i += 2) {
                    wire = server.send("SET".getBytes(US_ASCII), args.get(i), args.get(i + 1)).receive().wire();
                }
                out.write(wire);
            }
        } catch (IOException | UncheckedIOException _) {
            // The client has gone.
        }
    }

    @Override
    public String name() {
        return "tearing";
    }

    @Override
    public int port() {
        return listener.getLocalPort();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
