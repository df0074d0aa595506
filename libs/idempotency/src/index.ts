export { ClaimStore, type Claim, type ClaimAnswer, type DeviceRecords } from './claim-store';
