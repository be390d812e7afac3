package dev.sampo.persist.check;

import dev.sampo.persist.log.EffectSink;
import dev.sampo.persist.log.LogDirectory;
import dev.sampo.persist.log.LogInspection;
import dev.sampo.persist.rdb.RdbTarget;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// One file of a log of Sampo's. Whether its transactions are whole the other files know.
final class LogFileSource extends Source {
    LogFileSource(Path file) {
        super(file);
    }

    @Override
    public String kind() {
        return "a file of an append-only log of Sampo";
    }

    @Override
    public List<Finding> check() throws IOException {
        Path directory = path().toAbsolutePath().getParent();
        keepOut(directory, directory.resolve(LogDirectory.LOCK), false);
        return List.of(SampoLogSource.finding(LogInspection.inspect(path()), "check and repair its directory, " + directory));
    }

    @Override
    public int highestDb() {
        return 0;
    }

    @Override
    public List<String> repair() throws IOException {
        throw new IOException(path() + " is one file of several: repair its directory, " + path().toAbsolutePath().getParent());
    }

    @Override
    void load(RdbTarget snapshots, EffectSink effects) throws IOException {
        throw new IOException(path() + " is one file of several: convert its directory, " + path().toAbsolutePath().getParent());
    }
}
