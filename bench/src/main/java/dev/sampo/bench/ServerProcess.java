package dev.sampo.bench;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// A server started for a comparison, and stopped by the handle it was started with.
final class ServerProcess implements AutoCloseable {
    private static final long POLL_NANOS = 200_000;

    private final String name;
    private final Process process;
    private final Path output;
    private final InetSocketAddress address;
    private final long startNanos;
    private ControlClient control;
    private long pid;
    private long pongNanos;
    private String version = "";

    private ServerProcess(String name, Process process, Path output, InetSocketAddress address, long startNanos) {
        this.name = name;
        this.process = process;
        this.output = output;
        this.address = address;
        this.startNanos = startNanos;
    }

    /// How a server is started.
    ///
    /// @param name name in the report
    /// @param cpu CPU list it is bound to, empty for no binding
    /// @param environment added to this process's environment
    record Spec(String name, ServerCommand command, String cpu, int shards, Map<String, String> environment) {
    }

    /// Starts a server on a free port and waits for its first PONG.
    ///
    /// @param directory where its data directory and its output go
    /// @param patience how long the first PONG may take
    static ServerProcess start(Spec spec, Path directory, long patience, TimeUnit unit) throws IOException {
        Path data = Files.createDirectories(directory.resolve(spec.name() + "-" + System.nanoTime()));
        Path output = data.resolve("output.txt");
        int port = freePort();
        List<String> words = spec.command().resolve(port, data.toString(), spec.shards(), spec.cpu());
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().putAll(spec.environment());
        long start = System.nanoTime();
        ServerProcess server = new ServerProcess(spec.name(), builder.start(), output,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port), start);
        Runtime.getRuntime().addShutdownHook(new Thread(server::kill));
        try {
            server.awaitPong(start + unit.toNanos(patience));
            return server;
        } catch (IOException | RuntimeException e) {
            server.kill();
            throw e;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    private void awaitPong(long deadlineNanos) throws IOException {
        while (true) {
            if (!process.isAlive()) {
                throw new IOException(name + " ended with code " + process.exitValue() + " before it answered PING: " + tail());
            }
            try {
                ControlClient client = new ControlClient(address);
                if ("PONG".equals(client.command("PING"))) {
                    pongNanos = System.nanoTime();
                    control = client;
                    return;
                }
                client.close();
            } catch (IOException e) {
                if (System.nanoTime() > deadlineNanos) {
                    throw new IOException(name + " did not answer PING in time: " + e.getMessage() + "; its output: " + tail(),
                            e);
                }
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /// Finds the process that serves, which may be a child of the one that was started.
    void identify() throws IOException {
        InfoText info = control.info("server");
        pid = info.number("process_id");
        version = info.text("redis_version");
        List<Long> family = new ArrayList<>(List.of(process.pid()));
        try (Stream<ProcessHandle> children = process.descendants()) {
            children.forEach(child -> family.add(child.pid()));
        }
        if (!family.contains(pid)) {
            throw new IOException(name + " says it is process " + pid + ", but " + family + " were started");
        }
    }

    /// Finds the process that serves, and checks that nothing is persisted and that every thread keeps to the CPUs it was given.
    ///
    /// @param cpu the list of CPUs, empty when there is no restriction
    void inspect(String cpu) throws IOException {
        identify();
        String appendOnly = control.config("appendonly");
        String save = control.config("save");
        if (!appendOnly.equals("no") || !save.isEmpty()) {
            throw new IOException(name + " persists: appendonly is '" + appendOnly + "', save is '" + save + "'");
        }
        Map<String, String> allowed = Machine.allowedCpus(pid);
        if (!cpu.isEmpty() && !allowed.keySet().equals(Set.of(cpu))) {
            throw new IOException(name + " is bound to CPU " + cpu + ", but its threads may run on " + allowed);
        }
    }

    /// Last lines the server printed.
    private String tail() throws IOException {
        List<String> lines = Files.readAllLines(output);
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - 8), lines.size()));
    }

    private void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /// CPU time used up to now.
    CpuTime cpuTime(long ticksPerSecond) throws IOException {
        return CpuTime.of(Machine.PROC, pid, ticksPerSecond);
    }

    /// CPU time used up to now, that of children that have ended included.
    long cpuTimeWithChildren(long ticksPerSecond) throws IOException {
        String stat = Files.readString(Machine.PROC.resolve(pid + "/stat"));
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = 0;
        // Of the process: user and system; of its children: the same.
        for (int i = 11; i <= 14; i++) {
            ticks += Long.parseLong(afterName[i]);
        }
        return ticks * (TimeUnit.SECONDS.toNanos(1) / ticksPerSecond);
    }

    /// For how long the threads that do the work were ready to run but did not get a CPU.
    long waitedNanos() throws IOException {
        long waited = 0;
        for (Path thread : workers()) {
            waited += Long.parseLong(Files.readString(thread.resolve("schedstat")).strip().split(" ")[1]);
        }
        return waited;
    }

    /// Binds the threads that do the work to a CPU and lets them go before everything else there, so that others who use the machine are
    /// not measured.
    void prioritize(String cpu) throws IOException, InterruptedException {
        for (Path thread : workers()) {
            Machine.output("taskset", "-p", "-c", cpu, thread.getFileName().toString());
            Machine.output("chrt", "-r", "-p", "1", thread.getFileName().toString());
        }
    }

    /// The threads that are named as cores, or like redis-server itself.
    private List<Path> workers() throws IOException {
        List<Path> workers = new ArrayList<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Machine.PROC.resolve(pid + "/task"))) {
            for (Path thread : threads) {
                String threadName = Files.readString(thread.resolve("comm")).strip();
                if (threadName.startsWith("sampo-core-") || threadName.startsWith("redis-server")) {
                    workers.add(thread);
                }
            }
        }
        return workers;
    }

    long residentBytes() throws IOException {
        return Machine.residentBytes(Files.readString(Machine.PROC.resolve(pid + "/status")));
    }

    String name() {
        return name;
    }

    String version() {
        return version;
    }

    InetSocketAddress address() {
        return address;
    }

    ControlClient control() {
        return control;
    }

    long pid() {
        return pid;
    }

    double secondsSinceStart() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    /// Time from the start of the process to its first PONG.
    long nanosToPong() {
        return pongNanos - startNanos;
    }

    /// Ends the server by SIGTERM, or by force when that takes more than 20 seconds.
    @Override
    public void close() throws IOException {
        control.close();
        ProcessHandle serving = ProcessHandle.of(pid).orElse(process.toHandle());
        serving.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                kill();
                process.waitFor();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }
}
