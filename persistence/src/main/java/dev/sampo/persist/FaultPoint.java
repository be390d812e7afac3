package dev.sampo.persist;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The steps at which files change, so that tests can end the process or let the disk refuse at every one of them. Each is
/// reached when what its name says has been done.
///
/// For a process of its own the property `sampo.fault` says what happens and where: `manifest-renamed:halt:2` ends it, as
/// `kill -9` does, when that step is reached for the second time; `log-forced:fail,log-cut-back:halt` lets one fail and ends it at
/// the other. Within a process
/// [#set(Action)] does. Nobody reaches these steps on a core's thread, and where no fault is asked for a step costs the reading
/// of one field.
public enum FaultPoint {
    /// A file of a generation is there, without its head.
    LOG_FILE_CREATED,
    LOG_FILE_HEAD_WRITTEN,
    LOG_FILE_HEAD_FORCED,
    /// All files of a generation are there, and nobody knows of them.
    GENERATION_FILES_CREATED,
    GENERATION_NAMED,
    /// Some bytes of records are written, perhaps half of one.
    LOG_WRITTEN,
    LOG_FORCED,
    /// After a failure: the file is as long as it was when it was forced last.
    LOG_CUT_BACK,

    MANIFEST_CREATED,
    MANIFEST_WRITTEN,
    MANIFEST_FORCED,
    MANIFEST_RENAMED,
    MANIFEST_DIRECTORY_FORCED,

    /// The base lies under its name, and nobody knows of it.
    BASE_RENAMED,
    BASE_DIRECTORY_FORCED,
    BASE_NAMED,
    /// One of the files that the base replaces is gone.
    BASE_OLD_DELETED,

    SNAPSHOT_FILES_CREATED,
    /// A piece of a part is written.
    SNAPSHOT_PIECE_WRITTEN,
    SNAPSHOT_PARTS_WRITTEN,
    /// Some bytes of another part are behind the first one.
    SNAPSHOT_PART_JOINED,
    SNAPSHOT_PART_DELETED,
    SNAPSHOT_END_WRITTEN,
    SNAPSHOT_FORCED,
    SNAPSHOT_RENAMED,
    SNAPSHOT_DIRECTORY_FORCED,

    /// What a crash left of an unfinished record is kept beside.
    RECOVERY_CUT_KEPT,
    /// It is gone from the file.
    RECOVERY_CUT_OFF;

    /// What an ended process returns.
    public static final int HALTED = 86;
    private static final String PROPERTY = "sampo.fault";

    private static volatile Action action = fromProperty();

    /// What happens at steps.
    @FunctionalInterface
    public interface Action {
        /// The step was reached, on the thread that works on the files.
        ///
        /// @throws IOException when the step is to fail
        void reached(FaultPoint step) throws IOException;
    }

    /// As the property and reports name it: `manifest-renamed`.
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// Is called where the step has been done.
    ///
    /// @throws IOException when a test wants that
    public void reached() throws IOException {
        Action current = action;
        if (current != null) {
            current.reached(this);
        }
    }

    /// For tests: what happens at every step from now on; null = nothing.
    public static void set(Action newAction) {
        action = newAction;
    }

    /// What a disk that is broken says.
    public static IOException refusal(FaultPoint step) {
        return new IOException("Input/output error (a test asked for it at " + step.label() + ")");
    }

    private static Action fromProperty() {
        String wanted = System.getProperty(PROPERTY);
        if (wanted == null) {
            return null;
        }
        List<Action> actions = Arrays.stream(wanted.split(",")).map(FaultPoint::parse).toList();
        return step -> {
            for (Action each : actions) {
                each.reached(step);
            }
        };
    }

    private static Action parse(String wanted) {
        String[] words = wanted.split(":");
        FaultPoint point = valueOf(words[0].toUpperCase(Locale.ROOT).replace('-', '_'));
        boolean halts = switch (words[1]) {
            case "halt" -> true;
            case "fail" -> false;
            default -> throw new IllegalArgumentException("-D" + PROPERTY + "=" + wanted + ": halt or fail?");
        };
        return new Nth(point, halts, words.length > 2 ? Integer.parseInt(words[2]) : 1);
    }

    /// Acts when a step is reached for the nth time.
    private static final class Nth implements Action {
        private final FaultPoint point;
        private final boolean halts;
        private int left;

        Nth(FaultPoint point, boolean halts, int occurrence) {
            this.point = point;
            this.halts = halts;
            this.left = occurrence;
        }

        @Override
        public synchronized void reached(FaultPoint step) throws IOException {
            if (step == point && --left == 0) {
                if (halts) {
                    Runtime.getRuntime().halt(HALTED);
                }
                throw refusal(step);
            }
        }
    }
}
