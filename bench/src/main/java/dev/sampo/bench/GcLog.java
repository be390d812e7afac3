package dev.sampo.bench;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a log written by `-Xlog:gc*,safepoint:file=F:timemillis,tags` says about pauses.
///
/// @param lines lines read
/// @param pauses garbage collection pauses in the period
/// @param longestPauseMillis the longest of them, 0 without any
/// @param longestPause its line
/// @param safepoints stops of all threads in the period, for whatever reason
/// @param longestSafepointMillis the longest of them, from the request to the end
record GcLog(int lines, int pauses, double longestPauseMillis, String longestPause, int safepoints,
        double longestSafepointMillis) {
    /// What the options of the JVM must hold for such a log.
    static String option(String file) {
        return "-Xlog:gc*,safepoint:file=" + file + ":timemillis,tags";
    }

    private static final Pattern LINE = Pattern.compile("\\[(\\d+)ms]\\[([a-z,]+) *] (.*)");
    private static final Pattern PAUSE = Pattern.compile("Pause .*?([0-9]+[.,][0-9]+)ms$");
    private static final Pattern SAFEPOINT = Pattern.compile("Safepoint .*Total: +([0-9]+) ns");

    /// @param fromMillis start of the period, milliseconds since 1970
    /// @param toMillis its end
    static GcLog parse(List<String> log, long fromMillis, long toMillis) {
        int lines = 0;
        int pauses = 0;
        int safepoints = 0;
        double longest = 0;
        double longestSafepoint = 0;
        String longestLine = "";
        for (String text : log) {
            Matcher line = LINE.matcher(text);
            if (!line.matches()) {
                continue;
            }
            lines++;
            long time = Long.parseLong(line.group(1));
            if (time < fromMillis || time > toMillis) {
                continue;
            }
            Matcher pause = PAUSE.matcher(line.group(3));
            Matcher safepoint = SAFEPOINT.matcher(line.group(3));
            // The phases of a pause are logged under gc,phases; under gc alone stands the pause as a whole. ZGC's pauses are
            // phases of a concurrent collection and are logged only there.
            if (pause.find()) {
                double millis = Double.parseDouble(pause.group(1).replace(',', '.'));
                pauses++;
                if (millis >= longest) {
                    longest = millis;
                    longestLine = line.group(3);
                }
            } else if (safepoint.find()) {
                safepoints++;
                longestSafepoint = Math.max(longestSafepoint, Long.parseLong(safepoint.group(1)) / 1e6);
            }
        }
        return new GcLog(lines, pauses, longest, longestLine, safepoints, longestSafepoint);
    }
}
