import { build, type Manifest, type Overlay } from './kustomize';

/** What of a container the tests look at. */
export interface Container {
  name: string;
  image: string;
  ports?: { name: string; containerPort: number }[];
  env?: { name: string; value?: string }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  lifecycle?: { preStop?: { exec?: { command: string[] } } };
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: Record<string, unknown> & {
    capabilities?: { add?: string[]; drop?: string[] };
  };
  volumeMounts?: { name: string; mountPath: string }[];
}

export interface Probe {
  httpGet?: { path: string; port: string | number };
  tcpSocket?: { port: string | number };
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
}

/** What of a pod's template the tests look at. */
export interface Pod {
  /** Of the workload that makes such pods. */
  name: string;
  labels: Record<string, string>;
  spec: {
    containers: Container[];
    initContainers?: Container[];
    volumes?: Record<string, unknown>[];
    securityContext?: Record<string, unknown>;
    terminationGracePeriodSeconds?: number;
    automountServiceAccountToken?: boolean;
    enableServiceLinks?: boolean;
    hostNetwork?: boolean;
    hostPID?: boolean;
    hostIPC?: boolean;
  };
}

/** The pods of every workload of an overlay, whatever its kind. */
export function podsOf(overlay: Overlay): Pod[] {
  return build(overlay).flatMap(podOf);
}

/** The pods of a manifest: one, or none where it makes none. */
export function podOf({ metadata, spec }: Manifest): Pod[] {
  const template = spec?.template ?? spec?.jobTemplate?.spec?.template;
  if (!template) return [];
  return [{ name: metadata.name, labels: template.metadata.labels, spec: template.spec }];
}

/** @throws Error when it is not there */
export function podNamed(overlay: Overlay, name: string): Pod {
  const found = podsOf(overlay).find((pod) => pod.name === name);
  if (!found) throw new Error(`${overlay} has no pods of ${name}`);
  return found;
}

/** Every container of a pod, those that run before the others too. */
export function containersOf({ spec }: Pod): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** The one container of a pod that has no more. */
export function onlyContainer(pod: Pod): Container {
  const [container, ...more] = containersOf(pod);
  if (!container || more.length > 0) throw new Error(`${pod.name} has not just one container`);
  return container;
}

/** A port by name or number, as probes and services give it. */
export function portNumber({ name, ports = [] }: Container, port: string | number): number {
  const found = ports.find((one) => one.name === port || one.containerPort === port);
  if (!found) throw new Error(`${name} has no port ${port}`);
  return found.containerPort;
}
