/// Throwaway certificates, valid for decades where nothing else is said; one authority signed all of them.
enum Certificates {
    /// The authority.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBezCCASGgAwIBAgIUeaju+p3x5OgiSBwqGLZ+1UelhPYwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHdGVzdC1jYTAgFw0yNjExMjUwOTIwMzRaGA8yMDgxMDgyODA5
        MjAzNFowEjEQMA4GA1UEAwwHdGVzdC1jYTBZMBMGByqGSM49AgEGCCqGSM49AwEH
        A0IABOghLJtmeUbMh5ypgcfODqztVgkDDl0V6rbA4UzLeE7qX/k/Jm4p3eXp5EqD
        Dn9wd4hMp7OMbsDNk6Ek6t1DXFWjUzBRMB0GA1UdDgQWBBTquPaPd4bz/IrP6o+T
        CqzGcGCfdzAfBgNVHSMEGDAWgBTquPaPd4bz/IrP6o+TCqzGcGCfdzAPBgNVHRMB
        Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCICmAhB8CXoS2WkUkyPQbhwUTPl2n
        PaPAu4ql2Sm4oDNrAiEAvRFeY7Nt6j0cet4mkyrxv4Nn7pYRDTsooxepFwM/YJE=
        -----END CERTIFICATE-----
        """

    /// One that signed none of them.
    static let otherAuthority = """
        -----BEGIN CERTIFICATE-----
        MIIBfjCCASOgAwIBAgIUHoUngRFekI1gGD3TXcwPvtUmorMwCgYIKoZIzj0EAwIw
        EzERMA8GA1UEAwwIb3RoZXItY2EwIBcNMjYxMTI1MDkyMDM0WhgPMjA4MTA4Mjgw
        OTIwMzRaMBMxETAPBgNVBAMMCG90aGVyLWNhMFkwEwYHKoZIzj0CAQYIKoZIzj0D
        AQcDQgAESU7uQYmWbVTvRpB+EYfqUqZQVq/muYHxc9awjqAcDZkn9NO4AFoTmTZZ
        7VQhCE4wCCXil1+B7PQM+0HZ2l1caaNTMFEwHQYDVR0OBBYEFHzoaln+p/LOZuN2
        62NMQO7+QaHAMB8GA1UdIwQYMBaAFHzoaln+p/LOZuN262NMQO7+QaHAMA8GA1Ud
        EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAJUXZxcKN+64X5I1SsG2lHlG
        H33a8cjEhxYyQTDcKSIxAiEAs8GURcTxhftjUm0J6VpxH159C2PNcEtc2o+AcTy0
        wPc=
        -----END CERTIFICATE-----
        """

    /// For 127.0.0.1.
    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBdzCCAR6gAwIBAgIUBWEjj5Er4vCgo6x453/XZCeatGMwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHdGVzdC1jYTAgFw0yNjExMjUwOTIwMzRaGA8yMDgxMDgyODA5
        MjAzNFowDzENMAsGA1UEAwwEZ29vZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA
        BNpTVty1CQf9VBf/HWaNgbnvOheVGBAmUU10Rjk23BDOI4FvoOQMj9UGT/GU9DKp
        xW4vdFkGKtxHFij84vG5zi+jUzBRMA8GA1UdEQQIMAaHBH8AAAEwHQYDVR0OBBYE
        FHscUbYs35DM3naI4LH0xQ8CH0/1MB8GA1UdIwQYMBaAFOq49o93hvP8is/qj5MK
        rMZwYJ93MAoGCCqGSM49BAMCA0cAMEQCIDjGm5MW0x7F8gkZEyk1p+C1gcKct/NZ
        8Ds48zjcacxqAiB1iJpa5x45yhPJsrQJnlTwdVOENpHPflHT0qRl8XtVFg==
        -----END CERTIFICATE-----
        """

    /// The key of `server`.
    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPwWKdq0s+mWznv4+
        Zh9QLNkWuwMhCNrsYlAUqyBa6IWhRANCAATaU1bctQkH/VQX/x1mjYG57zoXlRgQ
        JlFNdEY5NtwQziOBb6DkDI/VBk/xlPQyqcVuL3RZBircRxYo/OLxuc4v
        -----END PRIVATE KEY-----
        """

    /// For the name api.internal.
    static let named = """
        -----BEGIN CERTIFICATE-----
        MIIBgjCCASegAwIBAgIUBWEjj5Er4vCgo6x453/XZCeatGQwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHdGVzdC1jYTAgFw0yNjExMjUwOTIwMzRaGA8yMDgxMDgyODA5
        MjAzNFowEDEOMAwGA1UEAwwFbmFtZWQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AATXm53/RIr5t80f6G5ubcpdo0BcIp/J7X0ZONEj5MJAyKico1r2deFglTY1nS9H
        /ZeCpwVwyCyVXDY3J6wk9gxDo1swWTAXBgNVHREEEDAOggxhcGkuaW50ZXJuYWww
        HQYDVR0OBBYEFLB+Zc80gUhgVej5G0AfiQuWBuRfMB8GA1UdIwQYMBaAFOq49o93
        hvP8is/qj5MKrMZwYJ93MAoGCCqGSM49BAMCA0kAMEYCIQClcXxnXRQ02CioSl/G
        KTYYc5Lxg2eTm2DI9RmwfTB5xAIhAKfpU1phKzFCDBvIPTZuGUoSHdAN6k1YUpVA
        1PUptSqi
        -----END CERTIFICATE-----
        """

    /// The key of `named`.
    static let namedKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLEdascgVHP8gLm9c
        sVHKNrRImeCIeiBwX8haG8bDqcqhRANCAATXm53/RIr5t80f6G5ubcpdo0BcIp/J
        7X0ZONEj5MJAyKico1r2deFglTY1nS9H/ZeCpwVwyCyVXDY3J6wk9gxD
        -----END PRIVATE KEY-----
        """

    /// For 127.0.0.1, until February 2020.
    static let expired = """
        -----BEGIN CERTIFICATE-----
        MIIBYzCCAQigAwIBAgIBATAKBggqhkjOPQQDAjASMRAwDgYDVQQDDAd0ZXN0LWNh
        MB4XDTIwMDEwMTAwMDAwMFoXDTIwMDIwMTAwMDAwMFowDjEMMAoGA1UEAwwDb2xk
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1CDF6Z/to3qlmjkRtJtgV7ypgtfj
        40Q/M6Df9S+lcbi4yjXdKQqCP5+YVWPYrd2BjXYRTUHuo8ri9czd7G+2tqNTMFEw
        DwYDVR0RBAgwBocEfwAAATAdBgNVHQ4EFgQUq0pnQr+DB4MQnT0yvAoA3f0tsSIw
        HwYDVR0jBBgwFoAU6rj2j3eG8/yKz+qPkwqsxnBgn3cwCgYIKoZIzj0EAwIDSQAw
        RgIhAKQlZ0AT/j9LUF4t6+vwz1YAn+GP1iWH3BBPf73zbzTHAiEAnUVSjGtIDR6t
        nxswG2hzOvhj2wFWSOQj6EZLKcs/f2A=
        -----END CERTIFICATE-----
        """

    /// The key of `expired`.
    static let expiredKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHx4SUJBWak5HK5k2
        8gXsWNDz7v+9NJBF9Ji8c8jEAX+hRANCAATUIMXpn+2jeqWaORG0m2BXvKmC1+Pj
        RD8zoN/1L6VxuLjKNd0pCoI/n5hVY9it3YGNdhFNQe6jyuL1zN3sb7a2
        -----END PRIVATE KEY-----
        """
}
