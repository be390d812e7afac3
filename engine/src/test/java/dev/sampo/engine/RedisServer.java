package dev.sampo.engine;

import dev.sampo.resp.Reply;
import dev.sampo.resp.ReplyReader;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A redis-server on a free loopback port for the length of a test, with a client.
public final class RedisServer implements AutoCloseable {
    private static final String BINARY = "redis-server";
    private static final int START_ATTEMPTS = 5;
    private static final int REPLY_MILLIS_MAX = 10_000;

    private final Process process;
    private final int port;
    private final Client client;

    /// One connection.
    public static final class Client implements AutoCloseable {
        private final Socket socket;
        private final ReplyReader reader;

        Client(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(REPLY_MILLIS_MAX);
            socket.setTcpNoDelay(true);
            reader = new ReplyReader(new BufferedInputStream(socket.getInputStream()));
        }

        /// Sends a request.
        public void send(byte[]... arguments) throws IOException {
            var request = new ByteArrayOutputStream();
            request.writeBytes(("*" + arguments.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
            for (byte[] argument : arguments) {
                request.writeBytes(("$" + argument.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
                request.writeBytes(argument);
                request.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            socket.getOutputStream().write(request.toByteArray());
        }

        /// The next reply.
        public Reply receive() throws IOException {
            return reader.read();
        }

        /// Sends a request and waits for its reply.
        public Reply call(byte[]... arguments) throws IOException {
            send(arguments);
            return receive();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private RedisServer(Process process, int port, Client client) {
        this.process = process;
        this.port = port;
        this.client = client;
    }

    public static boolean isInstalled() {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (new File(directory, BINARY).canExecute()) {
                return true;
            }
        }
        return false;
    }

    /// @param options further settings as on the command line, which win
    public static RedisServer start(String... options) throws IOException, InterruptedException {
        for (int attempt = 0; attempt < START_ATTEMPTS; attempt++) {
            RedisServer server = tryStart(freePort(), options);
            if (server != null) {
                return server;
            }
        }
        throw new IllegalStateException(BINARY + " did not start in " + START_ATTEMPTS + " attempts");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static RedisServer tryStart(int port, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(BINARY, "--port", Integer.toString(port), "--bind", "127.0.0.1",
            "--save", "", "--appendonly", "no", "--daemonize", "no", "--enable-debug-command", "yes"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        for (int i = 0; i < 200 && process.isAlive(); i++) {
            try {
                var client = new Client(port);
                // Another server may have taken the port, and ours given up.
                if (process.isAlive()) {
                    // It may be loading a file.
                    while (client.call("PING".getBytes(StandardCharsets.US_ASCII)) instanceof Reply.Failure) {
                        process.waitFor(10, TimeUnit.MILLISECONDS);
                    }
                    return new RedisServer(process, port, client);
                }
                client.close();
            } catch (IOException _) {
                process.waitFor(20, TimeUnit.MILLISECONDS);
            }
        }
        process.destroy();
        return null;
    }

    /// The connection that there is from the beginning.
    public Client client() {
        return client;
    }

    public Client connect() throws IOException {
        return new Client(port);
    }

    /// Runs a line as [EngineFixture#run(String)] does.
    public Reply run(String line) throws IOException {
        List<byte[]> words = EngineFixture.words(line);
        return client.call(words.toArray(byte[][]::new));
    }

    @Override
    public void close() throws IOException {
        client.close();
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
