package dev.sampo.engine.command;

/// What a search covers: a circle, or a box whose sides follow the coordinates, around a point; and the up to nine
/// areas of geohashes that together hold every point of it. Reusable; allocates nothing after its construction.
final class GeoArea {
    private static final double MERCATOR_MAX = 20037726.37;
    /// The middle and its neighbours, to the east and to the north, in the order in which they are searched.
    private static final int[] EAST = {0, 0, 0, 1, -1, 1, -1, 1, -1};
    private static final int[] NORTH = {0, 1, -1, 0, 0, 1, 1, -1, -1};

    // ---- the shape; widths and heights of a circle are its diameter
    double longitude;
    double latitude;
    boolean box;
    private double widthMeters;
    private double heightMeters;
    private double radiusMeters;

    // ---- the covering areas
    private final long[] areas = new long[EAST.length];
    private int count;
    private int step;
    private double east;
    private double west;
    private double north;
    private double south;

    void circle(double radiusMeters) {
        box = false;
        this.radiusMeters = radiusMeters;
        widthMeters = 2 * radiusMeters;
        heightMeters = 2 * radiusMeters;
    }

    void box(double widthMeters, double heightMeters) {
        box = true;
        this.widthMeters = widthMeters;
        this.heightMeters = heightMeters;
        radiusMeters = Math.sqrt(widthMeters / 2 * (widthMeters / 2) + heightMeters / 2 * (heightMeters / 2));
    }

    /// The distance in meters of a point from the middle, or -1 if it is outside.
    double distanceWithin(double pointLongitude, double pointLatitude) {
        if (box) {
            if (GeoHash.latitudeDistance(pointLatitude, latitude) > heightMeters / 2
                || GeoHash.distance(pointLongitude, pointLatitude, longitude, pointLatitude) > widthMeters / 2) {
                return -1;
            }
            return GeoHash.distance(longitude, latitude, pointLongitude, pointLatitude);
        }
        double distance = GeoHash.distance(longitude, latitude, pointLongitude, pointLatitude);
        return distance > radiusMeters ? -1 : distance;
    }

    // ---------------------------------------------------------------- covering

    /// Finds the covering areas of the shape.
    void cover() {
        bound();
        step = steps();
        if (step > 1 && !reaches()) {
            step--;
        }
        long middle = GeoHash.encode(longitude, latitude, step);
        boolean useless = step >= 2;
        boolean noSouth = useless && GeoHash.latitudeMin(middle, step) < south;
        boolean noNorth = useless && GeoHash.latitudeMax(middle, step) > north;
        boolean noWest = useless && GeoHash.longitudeMin(middle, step) < west;
        boolean noEast = useless && GeoHash.longitudeMax(middle, step) > east;
        count = 0;
        for (int i = 0; i < EAST.length; i++) {
            boolean left = NORTH[i] < 0 && noSouth || NORTH[i] > 0 && noNorth || EAST[i] < 0 && noWest || EAST[i] > 0 && noEast;
            long area = GeoHash.neighbour(middle, step, EAST[i], NORTH[i]);
            // Where areas are so large that neighbours are the same, one after the other is searched once.
            if (!left && (count == 0 || areas[count - 1] != area)) {
                areas[count++] = area;
            }
        }
    }

    /// The box around the shape. Away from the equator degrees of longitude are shorter, so the wider of its two sides
    /// counts.
    private void bound() {
        double latitudeReach = heightMeters / 2 / GeoHash.EARTH_RADIUS_METERS / GeoHash.RADIANS;
        double poleward = latitude < 0 ? latitude - latitudeReach : latitude + latitudeReach;
        double longitudeReach = widthMeters / 2 / GeoHash.EARTH_RADIUS_METERS / Math.cos(poleward * GeoHash.RADIANS)
            / GeoHash.RADIANS;
        west = longitude - longitudeReach;
        east = longitude + longitudeReach;
        south = latitude - latitudeReach;
        north = latitude + latitudeReach;
    }

    /// How many steps make areas about as large as the shape; near the poles areas are narrower.
    private int steps() {
        if (radiusMeters == 0) {
            return GeoHash.STEP_MAX;
        }
        int steps = 1;
        for (double range = radiusMeters; range < MERCATOR_MAX; range *= 2) {
            steps++;
        }
        steps -= 2;
        if (latitude > 66 || latitude < -66) {
            steps--;
        }
        if (latitude > 80 || latitude < -80) {
            steps--;
        }
        return Math.clamp(steps, 1, GeoHash.STEP_MAX);
    }

    /// Whether the areas around the middle reach to the ends of the box.
    private boolean reaches() {
        long middle = GeoHash.encode(longitude, latitude, step);
        return GeoHash.latitudeMax(GeoHash.neighbour(middle, step, 0, 1), step) >= north
            && GeoHash.latitudeMin(GeoHash.neighbour(middle, step, 0, -1), step) <= south
            && GeoHash.longitudeMax(GeoHash.neighbour(middle, step, 1, 0), step) >= east
            && GeoHash.longitudeMin(GeoHash.neighbour(middle, step, -1, 0), step) <= west;
    }

    /// Number of covering areas.
    int count() {
        return count;
    }

    /// The least hash in area `i`.
    long least(int i) {
        return areas[i] << 2 * (GeoHash.STEP_MAX - step);
    }

    /// The least hash behind area `i`.
    long end(int i) {
        return areas[i] + 1 << 2 * (GeoHash.STEP_MAX - step);
    }
}
