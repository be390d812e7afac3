package dev.sampo.persist.log;

import java.io.IOException;
import java.nio.file.Path;

/// A file does not hold what was written to it. Its message is one line that says which, where and what can be done.
public final class DamagedLogException extends IOException {
    private static final long serialVersionUID = 1;

    DamagedLogException(Path file, long offset, String what) {
        super(file + ", byte " + offset + ": " + what
            + "; nothing was changed: restore a copy, or repair the directory with 'sampo check --fix " + file.getParent() + "'");
    }
}
