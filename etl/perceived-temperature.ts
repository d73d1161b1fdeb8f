/** Below this wind, in m/s, and above this temperature, in degrees Celsius, there is no wind chill. */
const LEAST_WIND = 1.3;
const WARMEST_CHILL = 10;

/** Wet bulb temperature in degrees Celsius from temperature in degrees Celsius and relative humidity in %, by Stull, J. Appl. Meteor. Climatol. 50 (2011), 2267–2269. */
export function wetBulb(temperature: number, humidity: number): number {
  return (
    temperature * Math.atan(0.151977 * Math.sqrt(humidity + 8.313659)) +
    Math.atan(temperature + humidity) -
    Math.atan(humidity - 1.67633) +
    0.00391838 * humidity ** 1.5 * Math.atan(0.023101 * humidity) -
    4.686035
  );
}

/** Perceived temperature by the Korea Meteorological Administration, in degrees Celsius, for May to September. */
export function summerPerceivedTemperature(temperature: number, humidity: number): number {
  const wet = wetBulb(temperature, humidity);
  return -0.2442 + 0.55399 * wet + 0.45535 * temperature - 0.0022 * wet ** 2 + 0.00278 * wet * temperature + 3.0;
}

/** Perceived temperature by the Korea Meteorological Administration, in degrees Celsius, for October to April: wind chill, null where it is too warm or too still for it. Wind in m/s. */
export function winterPerceivedTemperature(temperature: number, wind: number): number | null {
  if (temperature > WARMEST_CHILL || wind < LEAST_WIND) return null;
  const v = (wind * 3.6) ** 0.16;
  return 13.12 + 0.6215 * temperature - 11.37 * v + 0.3965 * v * temperature;
}
