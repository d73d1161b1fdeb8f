/** A place, with the fields of `LocationInput` of the contract. */
export interface CatalogueLocation {
  readonly id: string;
  readonly factory: string;
  readonly building: string | null;
  readonly floor: number | null;
  readonly area: string | null;
  readonly timezone: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** A device and where it is, with the fields of `SensorInput` of the contract. */
export interface CatalogueSensor {
  readonly id: string;
  readonly name: string | null;
  readonly location: string;
  readonly since: string | null;
}

/** With the fields of `MetricInput` of the contract. Never one of the built-in metrics: these are not a source's to change. */
export interface CatalogueMetric {
  readonly id: string;
  readonly name: string | null;
  readonly unit: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly description: string | null;
}

/** With the fields of `ThresholdScopeInput` of the contract. */
export interface CatalogueThresholdScope {
  readonly factory: string | null;
  readonly building: string | null;
  readonly floor: number | null;
  readonly area: string | null;
  readonly location: string | null;
  readonly sensor: string | null;
}

/** With the fields of `ThresholdInput` of the contract; durations and instants as text. */
export interface CatalogueThreshold {
  readonly metric: string;
  readonly level: 'WARNING' | 'CRITICAL';
  readonly min: number | null;
  readonly max: number | null;
  readonly scope: CatalogueThresholdScope;
  readonly forDuration: string;
  readonly clearMargin: number;
  readonly clearDuration: string;
  readonly noDataAfter: string | null;
  readonly effectiveFrom: string | null;
  readonly effectiveTo: string | null;
  readonly enabled: boolean;
}

/** What a source definition says about the places, devices and metrics of its data. Saved before the first load; saving it again must change nothing. */
export interface SourceCatalogue {
  readonly locations: readonly CatalogueLocation[];
  readonly sensors: readonly CatalogueSensor[];
  readonly metrics: readonly CatalogueMetric[];
  readonly thresholds: readonly CatalogueThreshold[];
}
