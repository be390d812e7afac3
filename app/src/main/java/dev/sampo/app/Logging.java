package dev.sampo.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.sampo.shard.config.LogLevel;
import org.slf4j.LoggerFactory;

/// Puts Redis's log levels on Logback's. What to print and where stands in `logback.xml`.
final class Logging {
    private static final String OURS = "dev.sampo";

    private Logging() {}

    static void level(LogLevel level) {
        ((Logger) LoggerFactory.getLogger(OURS)).setLevel(switch (level) {
            case DEBUG -> Level.TRACE;
            case VERBOSE -> Level.DEBUG;
            case NOTICE -> Level.INFO;
            case WARNING -> Level.WARN;
        });
    }
}
