package dev.sampo.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sampo.resp.OffHeap;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Geohashes, distances and their texts by themselves.
class GeoHashTest {
    @Test
    void knownPlaces_haveTheHashesThatRedisGives() {
        assertThat(GeoHash.encode(13.361389, 38.115556)).isEqualTo(3479099956230698L);
        assertThat(GeoHash.encode(15.087269, 37.502669)).isEqualTo(3479447370796909L);
        assertThat(text(3479099956230698L)).isEqualTo("sqc8b49rny0");
        assertThat(text(3479447370796909L)).isEqualTo("sqdtr74hyu0");
        double distance = GeoHash.distance(13.361389338970184, 38.1155563954963, 15.087267458438873, 37.50266842333162);
        assertThat(distance).isCloseTo(166274.1516, within(0.0001));
    }

    private static String text(long hash) {
        long at = OffHeap.allocate(GeoHash.TEXT_LENGTH);
        GeoHash.writeText(at, hash);
        String text = OffHeap.latin1(at, GeoHash.TEXT_LENGTH);
        OffHeap.free(at, GeoHash.TEXT_LENGTH);
        return text;
    }

    @Test
    void randomPoints_areDecodedToLessThanAMeter() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            double longitude = random.nextDouble() * 360 - 180;
            double latitude = (random.nextDouble() * 2 - 1) * GeoHash.LATITUDE_MAX;
            long hash = GeoHash.encode(longitude, latitude);
            assertThat(hash).isBetween(0L, (1L << 52) - 1);
            double x = GeoHash.longitude(hash);
            double y = GeoHash.latitude(hash);
            assertThat(GeoHash.distance(longitude, latitude, x, y)).isLessThan(0.61);
            assertThat(GeoHash.encode(x, y)).isEqualTo(hash);
        }
    }

    @Test
    void scoresThatAreNoHashes_areConvertedAsCDoes() {
        assertThat(GeoHash.ofScore(1.9)).isEqualTo(1);
        assertThat(GeoHash.ofScore(-1)).isEqualTo(-1);
        assertThat(GeoHash.ofScore(0x1p63)).isEqualTo(Long.MIN_VALUE);
        assertThat(GeoHash.ofScore(Double.POSITIVE_INFINITY)).isZero();
        assertThat(GeoHash.longitude(GeoHash.ofScore(-1))).isEqualTo(180);
    }

    @Test
    void neighbours_lieAroundTheMiddle() {
        Random random = new Random(2);
        for (int i = 0; i < 2_000; i++) {
            int step = 5 + random.nextInt(22);
            long middle = GeoHash.encode(random.nextDouble() * 300 - 150, random.nextDouble() * 120 - 60, step);
            long east = GeoHash.neighbour(middle, step, 1, 0);
            assertThat(GeoHash.longitudeMin(east, step)).isEqualTo(GeoHash.longitudeMax(middle, step));
            assertThat(GeoHash.latitudeMin(east, step)).isEqualTo(GeoHash.latitudeMin(middle, step));
            long south = GeoHash.neighbour(middle, step, 0, -1);
            assertThat(GeoHash.latitudeMax(south, step)).isEqualTo(GeoHash.latitudeMin(middle, step));
            assertThat(GeoHash.neighbour(GeoHash.neighbour(middle, step, 1, -1), step, -1, 1)).isEqualTo(middle);
        }
    }

    /// Whatever lies in the shape lies in one of the areas.
    @Test
    void coveringAreas_holdTheShape() {
        Random random = new Random(3);
        GeoArea area = new GeoArea();
        int inside = 0;
        for (int i = 0; i < 1_000; i++) {
            area.longitude = random.nextDouble() * 340 - 170;
            area.latitude = random.nextDouble() * 150 - 75;
            double radius = Math.exp(random.nextDouble() * 12);
            area.circle(radius);
            area.cover();
            assertThat(area.count()).isBetween(1, 9);
            for (int j = 0; j < 20; j++) {
                double x = area.longitude + (random.nextDouble() * 2 - 1) * radius / 111_000;
                double y = area.latitude + (random.nextDouble() * 2 - 1) * radius / 111_000;
                if (GeoHash.isValid(x, y) && area.distanceWithin(x, y) >= 0) {
                    assertThat(isCovered(area, GeoHash.encode(x, y))).isTrue();
                    inside++;
                }
            }
        }
        assertThat(inside).isGreaterThan(8_000);
    }

    private static boolean isCovered(GeoArea area, long hash) {
        boolean covered = false;
        for (int i = 0; i < area.count(); i++) {
            covered |= hash >= area.least(i) && hash < area.end(i);
        }
        return covered;
    }

    @Test
    void degrees_arePrintedExactlyToSeventeenDecimals() {
        Random random = new Random(4);
        long at = OffHeap.allocate(GeoText.LENGTH_MAX);
        for (int i = 0; i < 20_000; i++) {
            double degrees = switch (random.nextInt(4)) {
                case 0 -> random.nextInt(361) - 180;
                case 1 -> Math.scalb(random.nextGaussian(), -random.nextInt(120));
                case 2 -> Math.scalb((double) random.nextInt(1 << 20), -random.nextInt(30));
                default -> random.nextDouble() * 360 - 180;
            };
            BigDecimal exact = new BigDecimal(degrees).setScale(17, RoundingMode.HALF_EVEN);
            String expected = exact.signum() == 0 ? "0" : exact.stripTrailingZeros().toPlainString();
            int length = GeoText.writeDegrees(at, degrees);
            assertThat(OffHeap.latin1(at, length)).isEqualTo(expected);
        }
        OffHeap.free(at, GeoText.LENGTH_MAX);
    }

    @Test
    void distances_haveFourDecimals() {
        long at = OffHeap.allocate(GeoText.LENGTH_MAX);
        double[] distances = {0, 0.00004, 0.00006, 1, 166274.15156, 20015806.22, 99.99996};
        String[] texts = {"0.0000", "0.0000", "0.0001", "1.0000", "166274.1516", "20015806.2200", "100.0000"};
        for (int i = 0; i < distances.length; i++) {
            int length = GeoText.writeDistance(at, distances[i]);
            assertThat(OffHeap.latin1(at, length)).isEqualTo(texts[i]);
        }
        OffHeap.free(at, GeoText.LENGTH_MAX);
    }
}
