package dev.sampo.shard;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.KeyspaceEvents;
import dev.sampo.persist.log.EffectReplayer;
import dev.sampo.persist.log.LogDirectory;
import dev.sampo.persist.log.Recovery;
import dev.sampo.shard.config.ServerConfig;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files of one node: reads them back before the shards are used, and keeps the log.
final class Persistence implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Persistence.class);
    private static final KeyspaceEvents NOBODY = (_, _, _, _, _) -> { };

    private final Node node;
    private final ServerConfig config;
    private LogDirectory log;

    Persistence(Node node, ServerConfig config) {
        this.node = node;
        this.config = config;
    }

    /// Whether there is anything to read before the shards can be used.
    boolean isNeeded() {
        return config.appendonly();
    }

    /// Reads the data back, on a thread that owns all shards, and begins to log.
    ///
    /// @throws NodeStartException when the files are damaged or cannot be written
    void start() {
        if (!config.appendonly()) {
            return;
        }
        try {
            log = new LogDirectory(config.appendDirectory(), node.cores());
            long lastTransaction = log.isEmpty() ? 0 : recover();
            log.deleteUnnamed();
            node.journal().start(log::openGeneration, lastTransaction);
        } catch (IOException e) {
            close();
            throw new NodeStartException("append-only log: " + e.getMessage(), e);
        }
    }

    private long recover() throws IOException {
        long start = System.nanoTime();
        CommandContext context = node.loadingContext(NOBODY);
        try (EffectReplayer replayer = new EffectReplayer(node.table(), node.shards(), context, node.startMillis())) {
            Recovery.Report report = new Recovery(log.path(), config.aofLoadTruncated(), replayer).replay(log.manifest());
            report.notes().forEach(LOG::warn);
            LOG.info("Recovered {} effects ({} bytes) from the append-only log in {} ms", report.effects(), report.bytes(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
            return report.lastTransaction();
        }
    }

    /// Forces everything to the disk. To be called when no shard is used any more.
    @Override
    public void close() {
        if (node.journal().isOn()) {
            for (int i = 0; i < node.cores(); i++) {
                node.journal().submit(node.journal().log(i));
            }
        }
        node.journal().close();
        if (node.journal().failure() != null) {
            LOG.error("the last writes could not be logged: {}", node.journal().failure());
        }
        if (log != null) {
            try {
                log.close();
            } catch (IOException e) {
                LOG.warn("closing {}: {}", log.path(), e.toString());
            }
        }
    }
}
