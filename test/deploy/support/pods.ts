import { build, type Manifest, type Overlay } from './kustomize';

/** The parts of a container that the tests read. */
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

/** The parts of a pod template that the tests read. */
export interface Pod {
  /** Name of the workload. */
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

/** The pod template of a manifest, if it has one. */
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

/** Every container of a pod, init containers included. */
export function containersOf({ spec }: Pod): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** The container of a pod with only one. */
export function onlyContainer(pod: Pod): Container {
  const [container, ...more] = containersOf(pod);
  if (!container || more.length > 0) throw new Error(`${pod.name} has not just one container`);
  return container;
}

/** A port by name or number, as in probes and services. */
export function portNumber({ name, ports = [] }: Container, port: string | number): number {
  const found = ports.find((one) => one.name === port || one.containerPort === port);
  if (!found) throw new Error(`${name} has no port ${port}`);
  return found.containerPort;
}
