package dev.sampo.shard;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How far the reading of files at the start has come. One thread reads and tells; any may ask.
final class LoadProgress {
    private static final Logger LOG = LoggerFactory.getLogger(LoadProgress.class);
    private static final long LINE_SECONDS = 5;

    private final long startMillis;
    private final long startNanos = System.nanoTime();
    private volatile long totalBytes;
    private volatile long loadedBytes;
    private long lineNanos = startNanos;

    /// @param startMillis Unix time
    LoadProgress(long startMillis) {
        this.startMillis = startMillis;
    }

    void expect(long bytes) {
        totalBytes += bytes;
    }

    /// So many more bytes are read.
    void loaded(long bytes) {
        loadedBytes += bytes;
        long now = System.nanoTime();
        if (now - lineNanos >= TimeUnit.SECONDS.toNanos(LINE_SECONDS)) {
            lineNanos = now;
            LOG.info("Loading: {} of {} bytes ({} %) in {} s", loadedBytes, totalBytes, Math.round(percent()), seconds());
        }
    }

    private long seconds() {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos);
    }

    long startMillis() {
        return startMillis;
    }

    long totalBytes() {
        return totalBytes;
    }

    long loadedBytes() {
        return loadedBytes;
    }

    double percent() {
        return totalBytes == 0 ? 0 : 100.0 * loadedBytes / totalBytes;
    }

    /// Seconds until the end, about; -1 = not known yet.
    long remainingSeconds() {
        long loaded = loadedBytes;
        return loaded == 0 ? -1 : Math.max(0, Math.round((double) seconds() * (totalBytes - loaded) / loaded));
    }
}
