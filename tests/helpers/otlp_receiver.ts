type Value = string | number | boolean;

/** A span as it was exported. */
export interface ReceivedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  /** As OTLP numbers it: 3 is a client, 4 a producer, 5 a consumer. */
  kind: number;
  attributes: Record<string, Value>;
  links: { traceId: string; spanId: string }[];
  events: { name: string }[];
  /** Its status: 2 is an error. */
  status: { code?: number; message?: string };
  scope: string;
  /** `service.name` of the program. */
  service: string;
}

/** One value of a metric, the last that was exported. */
export interface ReceivedPoint {
  name: string;
  unit: string;
  attributes: Record<string, Value>;
  /** A sum or gauge; of a histogram, how often it was recorded. */
  value: number;
  bounds: number[] | undefined;
  service: string;
}

/** Takes traces and metrics by OTLP over HTTP, as JSON. */
export class OtlpReceiver implements AsyncDisposable {
  readonly spans: ReceivedSpan[] = [];
  readonly points: ReceivedPoint[] = [];
  /** `traceparent` and `baggage` of the requests for /target. */
  readonly targeted: (string | null)[][] = [];
  readonly #server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => this.#receive(request),
  );

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The variables of a program that exports to it. */
  environment(service: string): Record<string, string> {
    return {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: this.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_METRIC_EXPORT_INTERVAL: "200",
      OTEL_SERVICE_NAME: service,
    };
  }

  /** The spans of this library with this name. */
  named(name: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** The values of a metric. */
  measured(name: string): ReceivedPoint[] {
    return this.points.filter((point) => point.name === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #receive(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/target") {
      const { headers } = request;
      this.targeted.push([headers.get("traceparent"), headers.get("baggage")]);
      return new Response("found");
    }
    const text = await request.text();
    if (pathname === "/v1/traces") this.#takeSpans(JSON.parse(text));
    if (pathname === "/v1/metrics") this.#takePoints(JSON.parse(text));
    return Response.json({});
  }

  #takeSpans({ resourceSpans }: Traces): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = String(valuesOf(resource.attributes)["service.name"]);
      for (const { scope, spans } of scopeSpans) {
        for (const { attributes, links = [], events = [], status = {}, ...span } of spans) {
          this.spans.push({
            ...{ ...span, links, events, status, service },
            scope: scope.name,
            attributes: valuesOf(attributes),
          });
        }
      }
    }
  }

  #takePoints({ resourceMetrics }: Metrics): void {
    for (const { resource, scopeMetrics } of resourceMetrics) {
      const service = String(valuesOf(resource.attributes)["service.name"]);
      for (const { name, unit, sum, gauge, histogram } of scopeMetrics.flatMap((s) => s.metrics)) {
        for (const point of (sum ?? gauge ?? histogram)?.dataPoints ?? []) {
          const attributes = valuesOf(point.attributes);
          const value = Number(point.asInt ?? point.asDouble ?? point.count);
          const taken = { name, unit, attributes, value, bounds: point.explicitBounds, service };
          const same = (other: ReceivedPoint) =>
            JSON.stringify([other.name, other.service, other.attributes]) ===
              JSON.stringify([name, service, attributes]);
          const index = this.points.findIndex(same);
          if (index < 0) this.points.push(taken);
          else this.points[index] = taken;
        }
      }
    }
  }
}

interface Attribute {
  key: string;
  value: {
    stringValue?: string;
    intValue?: string | number;
    doubleValue?: number;
    boolValue?: boolean;
  };
}

interface Traces {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      scope: { name: string };
      spans: (Omit<ReceivedSpan, "attributes"> & { attributes: Attribute[] })[];
    }[];
  }[];
}

interface Points {
  dataPoints: {
    attributes: Attribute[];
    asInt?: string | number;
    asDouble?: number;
    count?: string | number;
    explicitBounds?: number[];
  }[];
}

interface Metrics {
  resourceMetrics: {
    resource: { attributes: Attribute[] };
    scopeMetrics: {
      metrics: {
        name: string;
        unit: string;
        sum?: Points;
        gauge?: Points;
        histogram?: Points;
      }[];
    }[];
  }[];
}

/** In the order of their names. */
function valuesOf(attributes: Attribute[]): Record<string, Value> {
  const entries = attributes.map(({ key, value }): [string, Value] => {
    const { stringValue, intValue, doubleValue, boolValue } = value;
    const number = intValue ?? doubleValue;
    return [key, stringValue ?? boolValue ?? Number(number)];
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => a < b ? -1 : 1));
}
