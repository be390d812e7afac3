package dev.sampo.engine.command;

import dev.sampo.resp.OffHeap;

/// Points on the earth as numbers of 52 bits: longitude and latitude are cut into 2^26 slices each, and the bits of the
/// two slice numbers alternate, those of the longitude first. Points that are near each other mostly share leading bits;
/// a hash of fewer steps, cut off at the end, is an area. As everywhere in Redis latitudes end at 85.05112878 degrees,
/// where the Mercator map is a square, and the earth is a sphere. Hashes double as scores of sorted sets.
final class GeoHash {
    static final int STEP_MAX = 26;
    static final double LONGITUDE_MAX = 180;
    static final double LATITUDE_MAX = 85.05112878;
    static final double EARTH_RADIUS_METERS = 6372797.560856;
    /// Length of the text form.
    static final int TEXT_LENGTH = 11;

    /// One degree.
    static final double RADIANS = Math.PI / 180;
    /// Where the text form puts the ends of the latitude.
    private static final double TEXT_LATITUDE_MAX = 90;
    private static final String ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
    private static final double TWO_TO_63 = 0x1p63;
    private static final double TWO_TO_64 = 0x1p64;

    private GeoHash() {
    }

    static boolean isValid(double longitude, double latitude) {
        return longitude >= -LONGITUDE_MAX && longitude <= LONGITUDE_MAX && latitude >= -LATITUDE_MAX && latitude <= LATITUDE_MAX;
    }

    /// The hash of a point; degrees that [#isValid(double, double)].
    static long encode(double longitude, double latitude) {
        return encode(longitude, latitude, LATITUDE_MAX, STEP_MAX);
    }

    /// The area of `step` steps, 1..26, that a point lies in, as 2 * `step` bits.
    static long encode(double longitude, double latitude, int step) {
        return encode(longitude, latitude, LATITUDE_MAX, step);
    }

    private static long encode(double longitude, double latitude, double latitudeMax, int step) {
        double scale = 1L << step;
        long x = (long) ((longitude + LONGITUDE_MAX) / (LONGITUDE_MAX + LONGITUDE_MAX) * scale);
        long y = (long) ((latitude + latitudeMax) / (latitudeMax + latitudeMax) * scale);
        return spread(y) | spread(x) << 1;
    }

    /// The hash that a score stands for: its conversion to an unsigned number.
    static long ofScore(double score) {
        if (score >= TWO_TO_63) {
            return score >= TWO_TO_64 ? 0 : (long) (score - TWO_TO_63) ^ Long.MIN_VALUE;
        }
        return (long) score;
    }

    /// Longitude of the middle of the smallest area, in degrees.
    static double longitude(long hash) {
        double middle = (longitudeMin(hash, STEP_MAX) + longitudeMax(hash, STEP_MAX)) / 2;
        return Math.clamp(middle, -LONGITUDE_MAX, LONGITUDE_MAX);
    }

    /// Latitude of the middle of the smallest area, in degrees.
    static double latitude(long hash) {
        double middle = (latitudeMin(hash, STEP_MAX) + latitudeMax(hash, STEP_MAX)) / 2;
        return Math.clamp(middle, -LATITUDE_MAX, LATITUDE_MAX);
    }

    static double longitudeMin(long area, int step) {
        return border(gather(area >>> 1), step, LONGITUDE_MAX);
    }

    static double longitudeMax(long area, int step) {
        return border(gather(area >>> 1) + 1, step, LONGITUDE_MAX);
    }

    static double latitudeMin(long area, int step) {
        return border(gather(area), step, LATITUDE_MAX);
    }

    static double latitudeMax(long area, int step) {
        return border(gather(area) + 1, step, LATITUDE_MAX);
    }

    private static double border(long slice, int step, double max) {
        return -max + (double) slice / (1L << step) * (max + max);
    }

    /// The area `dx` areas to the east and `dy` to the north, each -1, 0 or 1; around the earth's back, and beyond a pole
    /// at the other pole. A point at the very end of a scale lies in a slice of its own behind the last one, as in Redis, and
    /// stays there where nothing moves.
    static long neighbour(long area, int step, int dx, int dy) {
        return spread(moved(gather(area), step, dy)) | spread(moved(gather(area >>> 1), step, dx)) << 1;
    }

    private static long moved(long slice, int step, int by) {
        return by == 0 ? slice : slice + by & (1L << step) - 1;
    }

    /// Puts the low 32 bits into the even places.
    private static long spread(long bits) {
        long b = bits & 0xFFFFFFFFL;
        b = (b | b << 16) & 0x0000FFFF0000FFFFL;
        b = (b | b << 8) & 0x00FF00FF00FF00FFL;
        b = (b | b << 4) & 0x0F0F0F0F0F0F0F0FL;
        b = (b | b << 2) & 0x3333333333333333L;
        return (b | b << 1) & 0x5555555555555555L;
    }

    /// The inverse: the bits in the even places.
    private static long gather(long bits) {
        long b = bits & 0x5555555555555555L;
        b = (b | b >>> 1) & 0x3333333333333333L;
        b = (b | b >>> 2) & 0x0F0F0F0F0F0F0F0FL;
        b = (b | b >>> 4) & 0x00FF00FF00FF00FFL;
        b = (b | b >>> 8) & 0x0000FFFF0000FFFFL;
        return (b | b >>> 16) & 0xFFFFFFFFL;
    }

    /// Distance of two points in meters by the haversine formula; degrees.
    static double distance(double longitude1, double latitude1, double longitude2, double latitude2) {
        double v = Math.sin((longitude2 * RADIANS - longitude1 * RADIANS) / 2);
        if (v == 0) {
            return latitudeDistance(latitude1, latitude2);
        }
        double y1 = latitude1 * RADIANS;
        double y2 = latitude2 * RADIANS;
        double u = Math.sin((y2 - y1) / 2);
        return 2 * EARTH_RADIUS_METERS * Math.asin(Math.sqrt(u * u + Math.cos(y1) * Math.cos(y2) * v * v));
    }

    /// Distance in meters along a meridian.
    static double latitudeDistance(double latitude1, double latitude2) {
        return EARTH_RADIUS_METERS * Math.abs(latitude2 * RADIANS - latitude1 * RADIANS);
    }

    /// Writes the text form that geohash.org reads: base 32 over latitudes up to 90 degrees. There are no bits left for
    /// the last of its eleven characters, which is 0.
    static void writeText(long address, long hash) {
        long bits = encode(longitude(hash), latitude(hash), TEXT_LATITUDE_MAX, STEP_MAX);
        for (int i = 0; i < TEXT_LENGTH - 1; i++) {
            int digit = (int) (bits >>> 52 - 5 * (i + 1)) & 31;
            OffHeap.putByte(address + i, (byte) ALPHABET.charAt(digit));
        }
        OffHeap.putByte(address + TEXT_LENGTH - 1, (byte) '0');
    }
}
