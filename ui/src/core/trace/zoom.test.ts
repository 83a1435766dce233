import fc from "fast-check";
import { expect, it } from "vitest";
import { fitTo, panBy, parseZoom, ticks, wholeOf, writeZoom, zoomBy } from "./zoom";

it("never leaves the trace", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 1e9 }), fc.double({ min: 0.01, max: 10, noNaN: true }), fc.double({ min: -2, max: 2, noNaN: true }), fc.nat(1e9), (duration, factor, share, around) => {
    let zoom = wholeOf(duration);
    for (let step = 0; step < 5; step++) {
      zoom = panBy(zoomBy(zoom, factor, Math.min(around, duration), duration), share, duration);
      expect(zoom.from).toBeGreaterThanOrEqual(0);
      expect(zoom.to).toBeLessThanOrEqual(wholeOf(duration).to + 1e-6);
      expect(zoom.from).toBeLessThan(zoom.to);
    }
  }));
});

it("keeps the moment under the pointer in place", () => {
  const zoom = zoomBy({ from: 0, to: 1000 }, 0.5, 250, 1000);
  expect(zoom).toEqual({ from: 125, to: 625 });
});

it("is read from an address as it was written", () => {
  expect(parseZoom(writeZoom({ from: 100, to: 900 }, 1000)!, 1000)).toEqual({ from: 100, to: 900 });
  expect(writeZoom(wholeOf(1000), 1000)).toBe(null);
  for (const bad of ["", "x", "5-", "9-3", "2000-3000", "-1-5"]) expect(parseZoom(bad, 1000)).toBe(null);
});

it("leaves some room around a span", () => {
  expect(fitTo(100, 200, 1000)).toEqual({ from: 95, to: 205 });
  expect(fitTo(0, 1000, 1000)).toEqual({ from: 0, to: 1000 });
});

it("has ticks in round steps", () => {
  expect(ticks({ from: 0, to: 9_410_000 }, 5)).toEqual([0, 2e6, 4e6, 6e6, 8e6]);
  expect(ticks({ from: 0, to: 180_000_000 }, 4)).toEqual([0, 60e6, 120e6, 180e6]);
});
