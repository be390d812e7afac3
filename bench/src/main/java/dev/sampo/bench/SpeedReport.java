package dev.sampo.bench;

import dev.sampo.bench.Measurement.Kind;
import dev.sampo.bench.Report.Section;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/// Turns the windows of a comparison into tables: one row per workload and pipeline depth.
final class SpeedReport {
    /// Other use of the machine from which on a row is marked.
    private static final double FOREIGN_MARK = 0.15;

    private SpeedReport() {
    }

    static Report of(Map<String, Object> facts, String reference, String tested, Options options,
            List<Measurement> measurements, long checked) {
        TextTable cpu = new TextTable("server CPU", reference + " us/cmd", tested + " us/cmd", "ratio", "ratios of the rounds",
                "JIT+GC", "foreign");
        TextTable closed = new TextTable("closed loop", reference + " op/s", tested + " op/s", "ratio",
                reference + " p50/p99/p99.9 us", tested + " p50/p99/p99.9 us");
        TextTable open = new TextTable("open loop", reference + " p50/p99/p99.9/max us", tested + " p50/p99/p99.9/max us",
                "ratio p99", "ratio p99.9", "ratios of the rounds p99.9", "lag p99.9 us");
        Set<Kind> kinds = new LinkedHashSet<>(measurements.stream().map(Measurement::kind).toList());
        List<Object> rows = new ArrayList<>();
        int openRows = 0;
        for (Kind kind : kinds) {
            Pair pair = Pair.of(measurements, kind, reference, tested);
            Summary a = pair.reference(Measurement::cpuMicrosPerCommand);
            Summary b = pair.tested(Measurement::cpuMicrosPerCommand);
            List<Measurement> ofKind = measurements.stream().filter(m -> m.kind().equals(kind)).toList();
            Summary foreign = Summary.of(ofKind, Measurement::foreignCpu);
            cpu.row(kind.toString(), Report.spread(a), Report.spread(b), ratio(a, b),
                    range(pair.ratios(Measurement::cpuMicrosPerCommand)),
                    percent(pair.tested(Measurement::overheadShare).median()),
                    percent(foreign.median()) + (foreign.median() > FOREIGN_MARK ? " !" : ""));
            Map<String, Object> row = row(kind, pair);
            row.put("foreign_cpu_median", foreign.median());
            rows.add(row);
            if (kind.pipeline() == 0) {
                openRows++;
                open.row(kind.toString(), latencies(pair::reference, true), latencies(pair::tested, true),
                        ratio(pair.reference(Measurement::p99Nanos), pair.tested(Measurement::p99Nanos)),
                        ratio(pair.reference(Measurement::p999Nanos), pair.tested(Measurement::p999Nanos)),
                        range(pair.ratios(Measurement::p999Nanos)),
                        micros(pair.reference(Measurement::lag999Nanos)) + " / "
                                + micros(pair.tested(Measurement::lag999Nanos)));
            } else {
                Summary opsA = pair.reference(Measurement::perSecond);
                Summary opsB = pair.tested(Measurement::perSecond);
                closed.row(kind.toString(), Report.number(opsA.median()), Report.number(opsB.median()), ratio(opsA, opsB),
                        latencies(pair::reference, false), latencies(pair::tested, false));
            }
        }
        List<Section> sections = new ArrayList<>();
        sections.add(new Section("Server CPU per command: median (min..max), ratio " + tested + "/" + reference, cpu));
        if (openRows < kinds.size()) {
            sections.add(new Section("Closed loop, latency of whole batches", closed));
        }
        if (openRows > 0) {
            sections.add(new Section("Open loop at " + options.text("rate") + " requests/s, latency from the due time", open));
        }
        Summary stolen = Summary.of(measurements, Measurement::stolenCpu);
        Summary foreign = Summary.of(measurements, Measurement::foreignCpu);
        List<String> notes = List.of(
                measurements.size() + " windows, " + checked + " replies and values checked, all as expected",
                "other use of the machine in the windows: median " + percent(foreign.median()) + ", worst "
                        + percent(foreign.max()) + " of one CPU; taken by the hypervisor: median " + percent(stolen.median())
                        + ", worst " + percent(stolen.max()));
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("rows", rows);
        data.put("checked", checked);
        data.put("windows", measurements.stream().map(Measurement::asMap).toList());
        return Report.of(facts, sections, notes, data);
    }

    private static Map<String, Object> row(Kind kind, Pair pair) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("workload", kind.workload());
        row.put("pipeline", kind.pipeline());
        Map<String, ToDoubleFunction<Measurement>> figures = new LinkedHashMap<>();
        figures.put("cpu_us_per_command", Measurement::cpuMicrosPerCommand);
        figures.put("ops_per_second", Measurement::perSecond);
        figures.put("p50_ns", Measurement::p50Nanos);
        figures.put("p99_ns", Measurement::p99Nanos);
        figures.put("p999_ns", Measurement::p999Nanos);
        figures.forEach((name, figure) -> {
            Summary a = pair.reference(figure);
            Summary b = pair.tested(figure);
            row.put(name, Map.of("reference", a.median(), "tested", b.median(), "ratio", b.median() / a.median(),
                    "ratio_min", pair.ratios(figure).min(), "ratio_max", pair.ratios(figure).max(), "rounds", a.count()));
        });
        row.put("jit_gc_share_tested", pair.tested(Measurement::overheadShare).median());
        return row;
    }

    private static String ratio(Summary reference, Summary tested) {
        return "%.2f".formatted(tested.median() / reference.median());
    }

    private static String range(Summary ratios) {
        return "%.2f..%.2f".formatted(ratios.min(), ratios.max());
    }

    private static String percent(double share) {
        return "%.1f %%".formatted(share * 100);
    }

    /// Chooses a side of a pair.
    private interface Side {
        Summary of(ToDoubleFunction<Measurement> figure);
    }

    private static String latencies(Side side, boolean withMax) {
        String text = micros(side.of(Measurement::p50Nanos)) + " / " + micros(side.of(Measurement::p99Nanos)) + " / "
                + micros(side.of(Measurement::p999Nanos));
        return withMax ? text + " / " + micros(side.of(Measurement::maxNanos)) : text;
    }

    private static String micros(Summary nanos) {
        return Report.number(nanos.median() / 1e3);
    }

    /// The windows of both servers for one kind, in the order of the rounds.
    private record Pair(List<Measurement> references, List<Measurement> testeds) {
        static Pair of(List<Measurement> all, Kind kind, String reference, String tested) {
            List<Measurement> ofKind = all.stream().filter(m -> m.kind().equals(kind)).toList();
            return new Pair(ofKind.stream().filter(m -> m.server().equals(reference)).toList(),
                    ofKind.stream().filter(m -> m.server().equals(tested)).toList());
        }

        Summary reference(ToDoubleFunction<Measurement> figure) {
            return Summary.of(references, figure);
        }

        Summary tested(ToDoubleFunction<Measurement> figure) {
            return Summary.of(testeds, figure);
        }

        Summary ratios(ToDoubleFunction<Measurement> figure) {
            return Summary.ofRatios(testeds.stream().mapToDouble(figure).toArray(),
                    references.stream().mapToDouble(figure).toArray());
        }
    }
}
