package dev.sampo.persist.check;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.FaultLog;
import dev.sampo.engine.Rng;
import dev.sampo.engine.Settings;
import dev.sampo.engine.Shard;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.engine.rdb.RdbType;
import dev.sampo.persist.log.EffectReplayer;
import dev.sampo.persist.log.LogDirectory;
import dev.sampo.persist.rdb.RdbFiles;
import dev.sampo.persist.rdb.RdbLoader;
import dev.sampo.persist.rdb.ShardImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Writes the data of a source as an RDB file or as the directory of a log of Sampo's.
public final class Converter {
    private static final int DATABASES_MIN = 16;

    private final String creator;
    private final long nowMillis;

    /// @param creator what an RDB file says of the version of the server
    public Converter(String creator, long nowMillis) {
        this.creator = creator;
        this.nowMillis = nowMillis;
    }

    private record Random(SplittableRandom source) implements Rng {
        @Override
        public long nextLong() {
            return source.nextLong();
        }

        @Override
        public int nextInt(int bound) {
            return source.nextInt(bound);
        }
    }

    /// Converts a source that has been checked and is sound. Keys whose time is over are written as they are.
    ///
    /// @param target a file whose name ends with `.rdb`, or a directory, that does not exist yet or is empty
    /// @return the number of keys
    public long convert(Source source, Path target) throws IOException {
        refuseExisting(target);
        CommandTable table = CommandTable.engine().build();
        int databases = Math.max(DATABASES_MIN, source.highestDb() + 1);
        Shard[] shards = {new Shard(0, databases, Settings.DEFAULT, EffectLog.NONE, Reclaimer.INLINE)};
        try (Shard shard = shards[0]) {
            var context = new CommandContext(table, shards, (_, _, _, _, _) -> { }, new Random(new SplittableRandom()), FaultLog.NONE);
            try (EffectReplayer replayer = new EffectReplayer(table, shards, context, nowMillis)) {
                source.load(new RdbLoader(shards, -1, context.accessClock(), 0), replayer);
            }
            if (isSnapshot(target)) {
                RdbFiles.write(target.toAbsolutePath(), shards, ShardImage.oldestVersion(shard), creator, nowMillis);
            } else {
                writeLog(target, shards);
            }
            long keys = 0;
            for (int db = 0; db < databases; db++) {
                keys += shard.keyspace(db).size();
            }
            return keys;
        }
    }

    private static boolean isSnapshot(Path target) {
        return target.getFileName().toString().endsWith(".rdb");
    }

    private static void refuseExisting(Path target) throws IOException {
        if (Files.isDirectory(target) && !isSnapshot(target)) {
            try (Stream<Path> inside = Files.list(target)) {
                if (inside.findAny().isEmpty()) {
                    return;
                }
            }
        }
        if (Files.exists(target)) {
            throw new IOException(target + " exists already; name a file that does not, or an empty directory");
        }
    }

    private void writeLog(Path target, Shard[] shards) throws IOException {
        try (LogDirectory log = new LogDirectory(target.toAbsolutePath(), shards.length)) {
            long generation = log.generation() + 1;
            RdbFiles.write(log.temporaryBase(generation), shards, RdbType.VERSION_MAX, creator, nowMillis);
            log.commitBase(generation);
        }
    }
}
