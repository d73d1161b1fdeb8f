/** Constants of the Magnus formula over water as in WMO-No. 8, annex 4.B; the factor 6.112 hPa cancels out of a ratio. */
const A = 17.62;
const B = 243.12;

/** The formula speaks of water between these temperatures, in degrees Celsius. */
const COLDEST = -45;
const HOTTEST = 60;

/** Relative humidity in % from temperature and dew point in degrees Celsius, null outside of what the formula speaks of. Above 100 where the dew point is above the temperature. */
export function relativeHumidity(temperature: number, dewPoint: number): number | null {
  if (temperature < COLDEST || temperature > HOTTEST || dewPoint < COLDEST || dewPoint > HOTTEST) return null;
  return 100 * Math.exp((A * dewPoint) / (B + dewPoint) - (A * temperature) / (B + temperature));
}
