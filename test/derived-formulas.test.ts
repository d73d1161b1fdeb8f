import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { summerPerceivedTemperature, wetBulb, winterPerceivedTemperature } from '../etl/perceived-temperature.ts';
import { relativeHumidity } from '../etl/relative-humidity.ts';
import { hasShared, sharedFiles } from './support/shared-data.ts';
import { plainRows } from './support/source-load.ts';

describe('the formulas of derived metrics', () => {
  // Published spot values, to one decimal.
  it.each([
    [31, 75, 32.7],
    [33, 60, 33.5],
    [33, 70, 34.3],
  ])('feels in summer at %d degrees and %d percent like %d degrees', (temperature, humidity, felt) => {
    expect(Math.round(summerPerceivedTemperature(temperature, humidity) * 10) / 10).toBe(felt);
  });

  it.skipIf(!hasShared)('agree with every published spot value of the shared data', async () => {
    const [file = ''] = await sharedFiles('feels-like-kma');
    const [, ...rows] = plainRows(await readFile(file), file);
    const formulas = new Map([
      ['feels_like_summer', summerPerceivedTemperature],
      ['wet_bulb_stull', wetBulb],
    ]);

    expect(rows).toHaveLength(4);
    for (const [quantity = '', temperature, humidity, felt] of rows) {
      const result = formulas.get(quantity)?.(Number(temperature), Number(humidity)) ?? Number.NaN;
      expect(Math.round(result * 10) / 10).toBe(Number(felt));
    }
  });

  it('has a wet bulb of 13.7 degrees at 20 degrees and 50 percent, as Stull says', () => {
    expect(wetBulb(20, 50)).toBeCloseTo(13.7, 1);
  });

  it('chills by wind only up to 10 degrees and from 1.3 m/s on', () => {
    // The formula of the wind chill chart: -10 degrees at 20 km/h feel like -17.9.
    expect(winterPerceivedTemperature(-10, 20 / 3.6)).toBeCloseTo(-17.9, 1);
    expect(winterPerceivedTemperature(10, 1.3)).not.toBeNull();
    expect(winterPerceivedTemperature(10.01, 5)).toBeNull();
    expect(winterPerceivedTemperature(5, 1.29)).toBeNull();
  });

  it('has air saturated at its dew point and half saturated about 11 degrees above', () => {
    expect(relativeHumidity(20, 20)).toBe(100);
    expect(relativeHumidity(20, 9.26)).toBeCloseTo(50, 1);
    expect(relativeHumidity(10, 12)).toBeGreaterThan(100);
  });

  it('says nothing of humidity outside of -45 to 60 degrees', () => {
    expect(relativeHumidity(61, 20)).toBeNull();
    expect(relativeHumidity(-45.1, -50)).toBeNull();
    expect(relativeHumidity(-40, -46)).toBeNull();
  });
});
