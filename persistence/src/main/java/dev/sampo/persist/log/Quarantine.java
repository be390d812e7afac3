package dev.sampo.persist.log;

import dev.sampo.persist.FaultPoint;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Where the ends of files go that do not count: they are moved, never deleted.
public final class Quarantine {
    private Quarantine() {
    }

    /// Moves what is behind `keep` bytes of a file into another one beside it, and cuts it off. After a crash in it both files have
    /// those bytes, or only the other one.
    ///
    /// @return the other file
    public static Path cut(Path file, long keep) throws IOException {
        Path aside = unused(file, keep);
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
             FileChannel out = FileChannel.open(aside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long size = in.size();
            for (long done = keep; done < size;) {
                done += in.transferTo(done, size - done, out);
            }
            out.force(true);
            Manifest.forceDirectory(file.toAbsolutePath().getParent());
            FaultPoint.RECOVERY_CUT_KEPT.reached();
            in.truncate(keep);
            in.force(true);
            FaultPoint.RECOVERY_CUT_OFF.reached();
        }
        return aside;
    }

    private static Path unused(Path file, long keep) {
        Path aside = file.resolveSibling(file.getFileName() + ".cut-" + keep);
        for (int i = 2; Files.exists(aside); i++) {
            aside = file.resolveSibling(file.getFileName() + ".cut-" + keep + "-" + i);
        }
        return aside;
    }
}
