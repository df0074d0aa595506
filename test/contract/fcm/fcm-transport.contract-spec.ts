import { fcmTransportContract } from './fcm-transport.contract';
import { openHttp2, openSdk } from './transports';

fcmTransportContract('http2', openHttp2);
fcmTransportContract('sdk', openSdk);
