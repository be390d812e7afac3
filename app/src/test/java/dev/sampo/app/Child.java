package dev.sampo.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A process that a test starts, with its output, bounded in time and gone at the end of the test.
final class Child implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Process process;
    private final StringBuffer out = new StringBuffer();
    private final CompletableFuture<String> err;
    private final CompletableFuture<Void> outDone;

    private Child(Process process) {
        this.process = process;
        this.outDone = CompletableFuture.runAsync(this::collect);
        this.err = CompletableFuture.supplyAsync(() -> all(process.getErrorStream()));
    }

    /// What a process left behind.
    record Result(int exitCode, String out, String err) {}

    /// Starts this test's JVM again with a main class and this test's class path.
    static Child java(Path directory, Class<?> main, String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Xshare:auto",
            "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return start(directory, Map.of(), command);
    }

    static Child start(Path directory, Map<String, String> environment, List<String> command) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("SAMPO_"));
        builder.environment().putAll(environment);
        final Process process = builder.start();
        process.getOutputStream().close();
        return new Child(process);
    }

    private void collect() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                out.append(line).append('\n');
            }
        } catch (IOException e) {
            out.append(e);
        }
    }

    private static String all(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    String out() {
        return out.toString();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// Sends SIGTERM. Through the handle, because the process's own method closes the streams that are still to be read.
    void terminate() {
        process.toHandle().destroy();
    }

    Result await() throws InterruptedException {
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still running after " + LIMIT + ":\n" + out);
        }
        outDone.join();
        return new Result(process.exitValue(), out.toString(), err.join());
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
