package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A child process that serves on a port, with its own temporary directory and its last output kept.
final class ServerProcess {
    private static final int LINES_KEPT = 200;

    private final Process process;
    private final Path directory;
    private final Deque<String> lines = new ArrayDeque<>();

    private ServerProcess(Process process, Path directory) {
        this.process = process;
        this.directory = directory;
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("sampo-testkit-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Starts the command and returns when the port answers PING.
    ///
    /// @param directory deleted with everything in it when the server is closed
    static ServerProcess start(List<String> command, Path workingDirectory, Path directory, int port, Duration patience) {
        final ServerProcess server = launch(command, workingDirectory, directory);
        if (!server.awaitAnswer(port, patience)) {
            final String why = server.process.isAlive() ? "does not answer PING" : "ended with " + server.process.exitValue();
            server.close();
            throw new IllegalStateException(String.join(" ", command) + ": " + why + "\n" + server.output());
        }
        return server;
    }

    /// Starts the command and does not wait.
    static ServerProcess launch(List<String> command, Path workingDirectory, Path directory) {
        final ServerProcess server;
        try {
            final Process process =
                    new ProcessBuilder(command).directory(workingDirectory.toFile()).redirectErrorStream(true).start();
            server = new ServerProcess(process, directory);
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", command), e);
        }
        Thread.ofPlatform().daemon().name("output of " + server.process.pid()).start(server::drain);
        // A test run that dies must not leave servers behind.
        Runtime.getRuntime().addShutdownHook(new Thread(server::kill));
        return server;
    }

    /// Waits until the port answers PING; false when the process ends before that or time is up.
    boolean awaitAnswer(int port, Duration patience) {
        final long deadline = System.nanoTime() + patience.toNanos();
        while (!answers(port)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                return false;
            }
        }
        return true;
    }

    /// Waits for the process to end; what it returned, or -1 when it has not ended.
    int awaitEnd(Duration patience) throws InterruptedException {
        return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
    }

    private static boolean answers(int port) {
        try (RespClient client = RespClient.connect(port, 1_000)) {
            return client.call("PING").equals(new Reply.Simple("PONG"));
        } catch (UncheckedIOException _) {
            pause();
            return false;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void drain() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (lines) {
                    if (lines.size() == LINES_KEPT) {
                        lines.removeFirst();
                    }
                    lines.addLast(line);
                }
            }
        } catch (IOException _) {
            // The stream ends with the process.
        }
    }

    /// The process that serves: the launcher's last child when the launcher did not become the server itself.
    long pid() {
        return process.descendants().map(ProcessHandle::pid).reduce((_, last) -> last).orElse(process.pid());
    }

    boolean alive() {
        return process.isAlive();
    }

    String output() {
        synchronized (lines) {
            return String.join("\n", lines);
        }
    }

    void close() {
        // A launcher script may have started the server without becoming it.
        final List<ProcessHandle> children = process.descendants().toList();
        children.forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            children.forEach(ProcessHandle::destroyForcibly);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        delete(directory);
    }

    /// Ends the process at once, as `kill -9` does, and keeps its files.
    void crash() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void kill() {
        process.destroyForcibly();
        if (Files.isDirectory(directory)) {
            delete(directory);
        }
    }

    /// Removes a directory with everything in it.
    static void delete(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
