package dev.sampo.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Facts about the machine a comparison ran on, and how busy it was with other things.
final class Machine {
    static final Path PROC = Path.of("/proc");

    private Machine() {
    }

    /// Clock ticks per second, the unit of /proc/PID/stat.
    static long ticksPerSecond() throws IOException, InterruptedException {
        return Long.parseLong(output("getconf", "CLK_TCK"));
    }

    /// Busy time of the whole machine, and the part a hypervisor took away, in ticks since boot.
    ///
    /// @param busy user, nice, system, interrupts
    /// @param stolen time the machine wanted to run and was not given
    record Load(long busy, long stolen) {
        static Load now() throws IOException {
            return parse(Files.readString(PROC.resolve("stat")));
        }

        /// From the first line of /proc/stat: user nice system idle iowait irq softirq steal.
        static Load parse(String stat) {
            String[] fields = stat.substring(0, stat.indexOf('\n')).split(" +");
            long busy = 0;
            for (int i : new int[] {1, 2, 3, 6, 7}) {
                busy += Long.parseLong(fields[i]);
            }
            return new Load(busy, Long.parseLong(fields[8]));
        }
    }

    /// Resident set of a process in bytes, from the text of /proc/PID/status.
    static long residentBytes(String status) {
        for (String line : status.split("\n")) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        throw new IllegalStateException("no VmRSS in /proc/PID/status");
    }

    /// The CPUs each thread of a process may run on, by thread name and list; one entry when all agree.
    static Map<String, String> allowedCpus(long pid) throws IOException {
        Map<String, String> lists = new LinkedHashMap<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(PROC.resolve(pid + "/task"))) {
            for (Path thread : threads) {
                String name = "";
                for (String line : statusOf(thread).split("\n")) {
                    if (line.startsWith("Name:")) {
                        name = line.substring(5).strip();
                    } else if (line.startsWith("Cpus_allowed_list:")) {
                        lists.putIfAbsent(line.substring(line.indexOf(':') + 1).strip(), name);
                    }
                }
            }
        }
        return lists;
    }

    /// Empty for a thread that has ended since it was listed.
    private static String statusOf(Path thread) throws IOException {
        try {
            return Files.readString(thread.resolve("status"));
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            if (Files.exists(thread)) {
                throw e;
            }
            return "";
        }
    }

    /// What to print above every result.
    static Map<String, Object> facts() throws IOException {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("cpu", cpuModel());
        facts.put("cpus", Runtime.getRuntime().availableProcessors());
        facts.put("kernel", Files.readString(PROC.resolve("sys/kernel/osrelease")).strip());
        Path governor = Path.of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
        facts.put("governor", Files.exists(governor) ? Files.readString(governor).strip() : "not visible");
        facts.put("load_average", Files.readString(PROC.resolve("loadavg")).split(" ")[0]);
        facts.put("generator_java", System.getProperty("java.vm.version"));
        return facts;
    }

    private static String cpuModel() throws IOException {
        for (String line : Files.readAllLines(PROC.resolve("cpuinfo"))) {
            if (line.startsWith("model name")) {
                return line.substring(line.indexOf(':') + 1).strip();
            }
        }
        return "unknown";
    }

    /// Runs a short command and returns what it printed.
    static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed: " + text);
        }
        return text;
    }
}
