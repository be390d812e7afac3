package dev.sampo.shard;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What took longer on one core than `latency-monitor-threshold`: for each kind of event the last [#SAMPLES_MAX] seconds in which
/// there was one, with the longest of each.
final class LatencyEvents {
    static final String COMMAND = "command";
    static final String FAST_COMMAND = "fast-command";
    static final String EXPIRE_CYCLE = "expire-cycle";
    static final String EVICTION_CYCLE = "eviction-cycle";

    private static final int SAMPLES_MAX = 160;

    /// One second and the longest event in it.
    record Sample(long unixSeconds, long millis) { }

    /// @param samples the oldest first
    /// @param maxMillis the longest ever, also when its sample is gone
    record Series(List<Sample> samples, long maxMillis) {
        Sample latest() {
            return samples.getLast();
        }
    }

    private final Map<String, Series> series = new TreeMap<>();

    void add(String event, long unixSeconds, long millis) {
        series.merge(event, new Series(List.of(new Sample(unixSeconds, millis)), millis), LatencyEvents::joined);
    }

    Map<String, Series> all() {
        return Map.copyOf(series);
    }

    /// Forgets these events, all of them when none is named; returns the names of those that there were.
    List<String> reset(List<String> events) {
        List<String> gone = new ArrayList<>();
        for (String event : events.isEmpty() ? List.copyOf(series.keySet()) : events) {
            if (series.remove(event) != null) {
                gone.add(event);
            }
        }
        return gone;
    }

    /// What several cores have, by name.
    static Map<String, Series> merged(Object[] maps) {
        Map<String, Series> all = new TreeMap<>();
        for (Object map : maps) {
            ((Map<?, ?>) map).forEach((event, one) -> all.merge((String) event, (Series) one, LatencyEvents::joined));
        }
        return all;
    }

    private static Series joined(Series one, Series other) {
        Map<Long, Long> seconds = new TreeMap<>();
        one.samples.forEach(sample -> seconds.merge(sample.unixSeconds, sample.millis, Math::max));
        other.samples.forEach(sample -> seconds.merge(sample.unixSeconds, sample.millis, Math::max));
        List<Sample> samples = new ArrayList<>();
        seconds.forEach((second, millis) -> samples.add(new Sample(second, millis)));
        return new Series(List.copyOf(samples.subList(Math.max(0, samples.size() - SAMPLES_MAX), samples.size())),
            Math.max(one.maxMillis, other.maxMillis));
    }
}
